package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.host.HostedCapsule.Step;
import dev.wrenn.hostagent.internal.drivers.Parts;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of one capsule. Whoever changes it holds its {@linkplain #takeTurn turn}, so there is one writer at a time; anyone may read.
 */
public final class CapsuleLife {
  /** Fact: the memory that it was restored from. */
  static final String MEMORY_MAP = "memory_map";
  /** Fact: that memory was delivered wholly, and no page server is needed any more. */
  static final String MEMORY_WHOLE = "memory_whole";
  /** Fact: counts what was saved of it. */
  static final String SAVED = "saved";
  /** Fact: for how many milliseconds its processes stood still when it was saved last and went on. */
  static final String STILL = "still_ms";
  /** Fact: it may stand still, and has to be woken by whoever takes it over. */
  static final String FROZEN = "frozen";
  /** Fact: the id by which its microVM, disk and network are to be found on the host, where that is not its own. */
  static final String MICROVM = "microvm";
  private static final Logger LOG = LoggerFactory.getLogger(CapsuleLife.class);

  private final PlanId id;
  private final Parts parts;
  private final Ledger ledger;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final AtomicInteger sockets = new AtomicInteger();
  private final CompletableFuture<HostedCapsule> created = new CompletableFuture<>();
  private volatile Activity activity = new Activity();
  private volatile CapsuleRecord record;
  private volatile GuestClient agent;
  private volatile Thread creator;
  private volatile HostException cancelled;
  private volatile String trouble = "";
  private volatile SnapshotId restoredFrom;
  private volatile boolean forgotten;
  private volatile Failure endsFor;

  CapsuleLife(CapsuleRecord record, Ledger ledger) {
    this.record = record;
    this.ledger = ledger;
    id = record.id();
    parts = new Parts(id);
    record.lastActiveAt().ifPresent(at -> activity = Activity.since(at));
  }

  public PlanId id() {
    return id;
  }

  public CapsuleRecord record() {
    return record;
  }

  public State state() {
    return record.state();
  }

  public Parts parts() {
    return parts;
  }

  /** Its microVM is about to be ended for that: whoever sees the end first says why. */
  void endsFor(Failure failure) {
    endsFor = failure;
  }

  Optional<Failure> endsFor() {
    return Optional.ofNullable(endsFor);
  }

  /** Completes when its creation has succeeded or failed. */
  CompletableFuture<HostedCapsule> created() {
    return created;
  }

  Activity activity() {
    return activity;
  }

  /** A guest that computes is in use, whoever has asked it to. @param percent of all its processors, since the last look */
  public void burned(double percent, int busyPercent) {
    activity.burned(percent >= busyPercent);
  }

  /** How many connections into it are open. */
  AtomicInteger sockets() {
    return sockets;
  }

  /** The client of its agent, once there is one. */
  public Optional<GuestClient> agent() {
    return Optional.ofNullable(agent);
  }

  void agent(GuestClient client) {
    agent = client;
  }

  void closeAgent() {
    GuestClient client = agent;
    if (client != null) {
      client.close();
    }
  }

  public HostedCapsule picture() {
    CapsuleRecord now = record;
    return now.picture(now.state() == State.RUNNING ? Optional.of(activity.last()) : Optional.empty());
  }

  /** What goes wrong with it now, for an operator; empty when nothing does. */
  public String trouble() {
    return trouble;
  }

  void trouble(String words) {
    trouble = words;
  }

  /** Waits for the turn. @throws HostException {@code TIMEOUT} naming who else has it */
  void takeTurn(Deadline within, String step) throws HostException {
    try {
      if (!turn.tryLock(within.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new HostException(Code.TIMEOUT, step, "Capsule " + id.capsule() + " is still being changed otherwise (it is " + state()
            + "): ask again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, step, "Waiting for capsule " + id.capsule() + " was broken off", e);
    }
  }

  /** Whether the turn could be had within so long. */
  boolean hasTurn(Duration most) {
    try {
      boolean had = turn.tryLock(most.toNanos(), TimeUnit.NANOSECONDS);
      if (had) {
        turn.unlock();
      }
      return had;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What it was restored from, as far as this JVM did it. */
  Optional<SnapshotId> restoredFrom() {
    return Optional.ofNullable(restoredFrom);
  }

  void restoredFrom(SnapshotId id) {
    restoredFrom = id;
  }

  void giveTurn() {
    turn.unlock();
  }

  void creator(Thread thread) {
    creator = thread;
  }

  /** Breaks its creation off, if it is being made; what was made is undone by its creation itself. */
  void cancel(HostException why) {
    if (state() == State.STARTING && cancelled == null) {
      cancelled = why;
      Thread thread = creator;
      if (thread != null) {
        thread.interrupt();
      }
    }
  }

  Optional<HostException> cancelled() {
    return Optional.ofNullable(cancelled);
  }

  /** Makes a change of state durable, then visible. */
  void move(Move move, UnaryOperator<CapsuleRecord> change) throws HostException {
    move.check(id.capsule(), state());
    CapsuleRecord next = change.apply(record);
    if (next.state() != move.to()) {
      throw new IllegalStateException(move + " must lead to " + move.to() + ", not to " + next.state());
    }
    change(current -> next);
  }

  /** The same for a change that the next start would come to by itself: it is visible also when it can't be written down. */
  void moveAnyway(Move move, UnaryOperator<CapsuleRecord> change) {
    CapsuleRecord[] changed = new CapsuleRecord[1];
    try {
      move(move, record -> changed[0] = change.apply(record));
    } catch (HostException e) {
      if (changed[0] == null) {
        throw new IllegalStateException(e);
      }
      LOG.error("That {} is {} could not be written down; a restart finds it out again", id, move.to(), e);
      trouble(e.getMessage());
      show(record -> changed[0]);
    }
  }

  /** Makes a change durable, then visible. */
  void change(UnaryOperator<CapsuleRecord> change) throws HostException {
    CapsuleRecord next = ledger.numbered(change.apply(record));
    if (next.state() != record.state() && Move.between(record.state(), next.state()).isEmpty()) {
      throw new IllegalStateException("no move leads from " + record.state() + " to " + next.state());
    }
    ledger.keep(next);
    show(next);
  }

  /** Shows a change that could not be made durable, or need not be. */
  void show(UnaryOperator<CapsuleRecord> change) {
    show(ledger.numbered(change.apply(record)));
  }

  /** The last step's time is known only after the change that it made. It is shown, and durable with the next change. */
  void took(List<Step> steps) {
    record = record.withSteps(steps);
  }

  /** First of all: durable before anything of it is made. */
  void intend(CapsuleRecord intent) throws HostException {
    CapsuleRecord next = ledger.numbered(intent);
    ledger.keep(next);
    show(next);
  }

  /**
   * The end of an ordered end: the journal forgets it, and one that was being ended is shown as stopped for a last time. That is not
   * flushed: whoever finds the record after a crash ends once more what is gone, and the next change of this id is flushed after it.
   */
  void gone() throws HostException {
    ledger.forget(id.capsule());
    forgotten = true;
    if (state() == State.STOPPING) {
      show(current -> current.ending(State.STOPPED, Instant.now(), current.failure(), current.steps()).cleaned());
    }
  }

  /**
   * What it consisted of is another capsule's, durably: of this one nothing is left, and whoever still has it in hand finds it stopped. Not flushed:
   * {@link Recovery} knows by the other's handles that it is no more.
   */
  void handedOver() throws HostException {
    ledger.forget(id.capsule());
    forgotten = true;
    record = record.ending(State.STOPPED, Instant.now(), Optional.empty(), record.steps()).cleaned();
  }

  /** Whether the journal has nothing more of it. */
  boolean forgotten() {
    return forgotten;
  }

  void forget() throws HostException {
    if (!forgotten) {
      ledger.forget(id.capsule());
      forgotten = true;
    }
  }

  /** Has the journal keep the time of its last use with the next flush. */
  void noteActivity(Duration slack) throws IOException {
    if (state() != State.RUNNING || !activity.notNoted(slack) || !turn.tryLock()) {
      return;
    }
    try {
      if (state() == State.RUNNING) {
        CapsuleRecord noted = record.withActivity(activity.note());
        ledger.note(noted);
        record = noted;
      }
    } finally {
      turn.unlock();
    }
  }

  Optional<Failure> failure() {
    return record.failure();
  }

  private void show(CapsuleRecord next) {
    record = next;
    ledger.tell(next, next.state() == State.RUNNING ? Optional.of(activity.last()) : Optional.empty());
  }
}
