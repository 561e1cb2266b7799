package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Capsules;
import dev.wrenn.persistence.IdempotencyRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreGate;
import dev.wrenn.persistence.TeamLimits;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The rows of capsules: every change goes through here and is told to those who watch. Where nobody else can write to the database, what was
 * read once is not read again until it is changed here. Thread-safe.
 */
@Component(service = Ledger.class, configurationPid = "dev.wrenn.control-plane")
public final class Ledger {
  private static final int ROWS_KEPT = 10_000;
  private static final int LISTS_KEPT = 256;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
  /** Who makes capsules in this life of the process; a row with another owner that is not alive is nobody's work. */
  private final UUID self = UUID.randomUUID();
  private final StoreGate gate;
  /** One for some capsules each: changes of one capsule are told in the order in which they were made. */
  private final ReentrantLock[] turns = new ReentrantLock[64];
  private final Watchers watchers = new Watchers(work -> Thread.ofVirtual().name("watchers").start(work));

  private final List<Consumer<CapsuleRecord>> listeners = new CopyOnWriteArrayList<>();

  private final Kept<Optional<CapsuleRecord>> rows = new Kept<>(ROWS_KEPT);
  private final Kept<TeamLists.Listed> lists = new Kept<>(LISTS_KEPT);
  private final Kept<Optional<TeamLimits.Row>> limits = new Kept<>(ROWS_KEPT);
  private volatile boolean sole;
  private volatile Runnable opened = () -> { };

  @Activate
  public Ledger(ControlPlaneConfig config) {
    this.gate = new StoreGate(Duration.ofSeconds(config.service_wait_seconds()));
    Arrays.setAll(turns, i -> new ReentrantLock());
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void bindStore(Store store) {
    sole = store.exclusive();
    forget();
    gate.open(store);
    opened.run();
  }

  void unbindStore(Store store) {
    gate.close(store);
    forget();
  }

  /** Rows have come or gone that were not changed one by one. */
  void forget() {
    rows.allChanged();
    lists.allChanged();
    limits.allChanged();
  }

  /** Whether nobody but this ledger writes to the database. */
  boolean sole() {
    return sole;
  }

  Kept<Optional<TeamLimits.Row>> limits() {
    return limits;
  }

  Kept<TeamLists.Listed> lists() {
    return lists;
  }

  /** To be called, quickly, each time a store has come. One listener. */
  void whenOpened(Runnable listener) {
    opened = listener;
  }

  UUID self() {
    return self;
  }

  boolean open() {
    return gate.isOpen();
  }

  <R> R call(Function<Store, R> work) throws PlatformException {
    try {
      return gate.call(work);
    } catch (StoreException e) {
      throw Errors.store(e);
    }
  }

  /** @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} for an unknown one and for another team's */
  CapsuleRecord need(Caller caller, String id) throws PlatformException {
    UUID key = Rows.capsule(id);
    UUID team = Rows.team(caller);
    return find(key).filter(row -> row.team().equals(team)).orElseThrow(
        () -> new PlatformException(PlatformException.Code.NOT_FOUND, "Capsule " + id + " was not found in this team."));
  }

  Optional<CapsuleRecord> find(UUID id) throws PlatformException {
    return read(rows, id, s -> s.capsules().find(id));
  }

  /** What is kept, where that can be trusted; else what the store says now. */
  <V> V read(Kept<V> kept, UUID id, Function<Store, V> ask) throws PlatformException {
    Optional<V> known = sole ? kept.get(id) : Optional.empty();
    if (known.isPresent()) {
      return known.get();
    }
    long stamp = kept.stamp(id);
    V now = call(ask);
    kept.put(id, now, stamp);
    return now;
  }

  /** @param stored empty when it was refused @param taken the name stands for another request @param held what the team held when it was refused */
  record Insertion(Optional<CapsuleRecord> stored, boolean taken, Optional<Capsules.Held> held) {}

  /** A new row, with the name of the request if it has one, if there is room for it. Those who watch are told. */
  Insertion insert(CapsuleRecord row, Optional<IdempotencyRecord> name, Predicate<Capsules.Held> admit) throws PlatformException {
    Insertion done;
    rows.begin(row.id());
    lists.begin(row.team());
    try {
      done = call(s -> insert(s, row, name, admit));
    } finally {
      lists.end(row.team());
      rows.end(row.id());
    }
    done.stored().ifPresent(this::tell);
    return done;
  }

  private static Insertion insert(Store s, CapsuleRecord row, Optional<IdempotencyRecord> name, Predicate<Capsules.Held> admit) {
    AtomicReference<Capsules.Held> refused = new AtomicReference<>();
    try {
      Optional<CapsuleRecord> stored = s.capsules().insert(row, name, held -> {
        boolean admitted = admit.test(held);
        refused.set(admitted ? null : held);
        return admitted;
      });
      // A first try may have been done and the database lost under its answer; then it took the room itself.
      stored = stored.or(() -> s.capsules().find(row.id()));
      return new Insertion(stored, false, Optional.ofNullable(refused.get()));
    } catch (StoreException e) {
      if (e.code() != StoreException.Code.DUPLICATE) {
        throw e;
      }
      Optional<CapsuleRecord> stored = s.capsules().find(row.id());
      return new Insertion(stored, stored.isEmpty(), Optional.empty());
    }
  }

  /** Changes a row; those who watch are told when that changed something. */
  Optional<CapsuleRecord> change(UUID id, UnaryOperator<CapsuleRecord> change) throws PlatformException {
    return changed(id, (capsules, begun) -> capsules.change(id, row -> change.apply(begun.apply(row))));
  }

  /** The same for a change by which the row's team may hold more; it is told what the team holds. */
  Optional<CapsuleRecord> change(UUID id, BiFunction<CapsuleRecord, Capsules.Held, CapsuleRecord> change) throws PlatformException {
    return changed(id, (capsules, begun) -> capsules.change(id, (row, held) -> change.apply(begun.apply(row), held)));
  }

  private interface Changing {
    Optional<CapsuleRecord> in(Capsules capsules, UnaryOperator<CapsuleRecord> begun);
  }

  private Optional<CapsuleRecord> changed(UUID id, Changing work) throws PlatformException {
    ReentrantLock turn = turns[Math.floorMod(id.hashCode(), turns.length)];
    turn.lock();
    try {
      // That of the first try, which may have been done and the database lost under its answer.
      AtomicReference<CapsuleRecord> before = new AtomicReference<>();
      Optional<CapsuleRecord> now = changing(id, before, s -> work.in(s.capsules(), row -> {
        if (before.compareAndSet(null, row)) {
          lists.begin(row.team());
        }
        return row;
      }));
      now.filter(row -> row.version() != before.get().version()).ifPresent(this::tell);
      return now;
    } finally {
      turn.unlock();
    }
  }

  /** @param before set as soon as the row's team is known, for which a change has then begun */
  private Optional<CapsuleRecord> changing(UUID id, AtomicReference<CapsuleRecord> before, Function<Store, Optional<CapsuleRecord>> work)
      throws PlatformException {
    long epoch = rows.epoch();
    Optional<CapsuleRecord> now = Optional.empty();
    rows.begin(id);
    try {
      now = call(work);
    } finally {
      if (before.get() != null) {
        lists.end(before.get().team());
      }
      long stamp = rows.end(id);
      // The turn is ours, so nobody else has changed this row meanwhile.
      if (now.isPresent() && rows.epoch() == epoch) {
        rows.put(id, now, stamp);
      }
    }
    return now;
  }

  private void tell(CapsuleRecord row) {
    listeners.forEach(listener -> listener.accept(row));
    watchers.changed(Rows.show(row));
  }

  /** Ends with its closing. */
  interface Listening extends AutoCloseable {
    @Override
    void close();
  }

  /** Hears of each change before whoever made it goes on; must be quick and must not fail. */
  Listening listen(Consumer<CapsuleRecord> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** What somebody waits for in a row. */
  @FunctionalInterface
  interface Look<T> {
    /** @return empty to look again */
    Optional<T> at(CapsuleRecord row) throws PlatformException;
  }

  /**
   * Looks at a row now, whenever it changes, and from time to time, for another process tells only the database.
   *
   * @return what was waited for; empty when the time is up
   * @throws PlatformException {@code NOT_FOUND} when there is no such row any more; what the look throws
   */
  <T> Optional<T> await(UUID id, Duration most, Look<T> look) throws PlatformException, InterruptedException {
    Semaphore bell = new Semaphore(0);
    long end = System.nanoTime() + most.toNanos();
    try (Listening heard = listen(changed -> {
      if (changed.id().equals(id)) {
        bell.release();
      }
    })) {
      while (true) {
        Optional<T> found = look.at(find(id).orElseThrow(() -> Rows.notFound(id)));
        if (found.isPresent() || System.nanoTime() >= end) {
          return found;
        }
        bell.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        bell.drainPermits();
      }
    }
  }

  AutoCloseable watch(String team, Consumer<Capsule> listener) {
    return watchers.add(team, listener);
  }
}
