package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreException.Code;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.persistence.sessions.DatabaseSession;
import org.eclipse.persistence.sessions.Session;
import org.eclipse.persistence.sessions.SessionEvent;
import org.eclipse.persistence.sessions.SessionEventAdapter;
import org.eclipse.persistence.sessions.UnitOfWork;

/** Runs work in transactions, each tried again when others were in its way, and says in the store's words what went wrong. */
final class Transactions {
  private static final int TRIES = 8;

  private final EntityManagerFactory factory;
  private final Runnable settle;
  private final Runnable broken;
  private final Shield shield;
  private final InFlight inFlight = new InFlight();
  /** For want of room the database closed itself; those who find it closed are told why. */
  private volatile StoreException full;

  /**
   * @param threads as many as there are connections: more would only wait for one
   * @param settle writes out what was committed, where a commit alone does not; called only after something was
   * @param broken called each time a failure means that the database will never work again until it is closed and opened anew
   */
  Transactions(EntityManagerFactory factory, int threads, Runnable settle, Runnable broken) {
    this.factory = factory;
    this.settle = settle;
    this.broken = broken;
    factory.unwrap(DatabaseSession.class).getEventManager().addListener(new CommitMark());
    shield = new Shield("wrenn-store-", threads);
  }

  void run(Consumer<EntityManager> work) {
    call(entities -> {
      work.accept(entities);
      return null;
    });
  }

  /** Durable when it returns. */
  <R> R call(Function<EntityManager, R> work) {
    if (!inFlight.enter()) {
      throw failure().orElseGet(() -> new StoreException(Code.UNAVAILABLE, "the database is being closed", null));
    }
    try {
      return shield.call(() -> attempts(work));
    } finally {
      inFlight.leave();
    }
  }

  private <R> R attempts(Function<EntityManager, R> work) {
    for (int i = 1;; i++) {
      try {
        return once(work);
      } catch (RuntimeException e) {
        StoreException told = Failures.tell(e);
        if (Failures.isBroken(e)) {
          if (told.code() == Code.FULL) {
            full = told;
          }
          broken.run();
          told = failure().orElse(told);
        }
        if (told.code() != Code.CONTENDED || i == TRIES) {
          throw told;
        }
        // Those who met step apart by chance before they try again.
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(1_000_000L << Math.min(i, 5)));
      }
    }
  }

  private <R> R once(Function<EntityManager, R> work) {
    Session session;
    R result;
    try (EntityManager entities = factory.createEntityManager()) {
      session = entities.unwrap(UnitOfWork.class).getParent();
      entities.getTransaction().begin();
      try {
        result = work.apply(entities);
        entities.getTransaction().commit();
      } finally {
        if (entities.getTransaction().isActive()) {
          entities.getTransaction().rollback();
        }
      }
    }
    if (session.getProperty(CommitMark.NAME) != null) {
      settle.run();
    }
    return result;
  }

  /** @return why the database closed itself, if that is known; a new one each time, as each has a thread of its own */
  Optional<StoreException> failure() {
    return Optional.ofNullable(full).map(first -> new StoreException(first.code(), first.getMessage(), first));
  }

  /** EclipseLink begins a transaction of the database with the first change or lock: work that only reads commits nothing there. */
  private static final class CommitMark extends SessionEventAdapter {
    private static final String NAME = "wrenn.committed";

    @Override
    public void postCommitTransaction(SessionEvent event) {
      event.getSession().setProperty(NAME, true);
    }
  }

  /** No further work begins; waits for what has begun. @return whether all of it ended in time */
  boolean close(Duration within) {
    boolean ended = inFlight.close(within);
    shield.close();
    return ended;
  }
}
