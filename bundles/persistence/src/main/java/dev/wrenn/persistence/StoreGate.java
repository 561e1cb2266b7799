package dev.wrenn.persistence;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Holds a consumer's dynamic reference to the {@link Store}, so that a swap of the persistence bundle or a short loss of the database
 * delays a call instead of failing it. Thread-safe.
 */
public final class StoreGate {
  private final long patienceNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Store store;
  /** Why the last one went, if it said so. */
  private Optional<StoreException> lost = Optional.empty();

  /** @param patience how long a call may wait for a usable store before it fails */
  public StoreGate(Duration patience) {
    patienceNanos = patience.toNanos();
  }

  public void open(Store next) {
    set(next);
  }

  /** Takes back what was opened, unless another one has come since. */
  public void close(Store gone) {
    lock.lock();
    try {
      if (store == gone) {
        store = null;
        lost = gone.failure();
      }
    } finally {
      lock.unlock();
    }
  }

  public boolean isOpen() {
    lock.lock();
    try {
      return store != null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Calls the store. When it isn't there or a call finds the database gone, waits for the next chance and calls again; so what is
   * called must bear being repeated.
   *
   * @throws StoreException {@code UNAVAILABLE}, or {@code FULL} where the last one said so, when patience ran out; else what the store said
   */
  public <R> R call(Function<Store, R> work) {
    long deadline = System.nanoTime() + patienceNanos;
    while (true) {
      Store current = await(deadline);
      try {
        return work.apply(current);
      } catch (StoreException e) {
        if (!e.retryable() || deadline - System.nanoTime() <= 0) {
          throw e;
        }
        awaitOther(current, deadline);
      }
    }
  }

  private void set(Store next) {
    lock.lock();
    try {
      store = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Store await(long deadline) {
    lock.lock();
    try {
      while (store == null) {
        park(deadline - System.nanoTime());
      }
      return store;
    } finally {
      lock.unlock();
    }
  }

  private StoreException absent() {
    return lost.map(why -> new StoreException(why.code(), why.getMessage(), why)).orElseGet(() -> new StoreException(StoreException.Code.UNAVAILABLE,
        "the database isn't available; look for 'database' in the log of the server", null));
  }

  /** Until another store comes, or a tenth of a second later: the same one may have found its database again. */
  private void awaitOther(Store current, long deadline) {
    lock.lock();
    try {
      if (store == current) {
        changed.awaitNanos(Math.min(deadline - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(100)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(StoreException.Code.UNAVAILABLE, "interrupted while waiting for the database", e);
    } finally {
      lock.unlock();
    }
  }

  private void park(long nanos) {
    if (nanos <= 0) {
      throw absent();
    }
    try {
      changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(StoreException.Code.UNAVAILABLE, "interrupted while waiting for the database", e);
    }
  }
}
