package dev.wrenn.hostagent.internal.life;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** When a capsule was last used. Thread-safe; cheap enough for every call. */
final class Activity {
  private volatile long atNanos = System.nanoTime();
  private volatile Instant noted;
  private volatile boolean busy;
  private volatile boolean burned;
  private final AtomicInteger calls = new AtomicInteger();

  static Activity since(Instant at) {
    Activity activity = new Activity();
    Duration ago = Duration.between(at, Instant.now());
    activity.atNanos = System.nanoTime() - (ago.isNegative() ? 0 : ago.toNanos());
    activity.noted = at;
    return activity;
  }

  void mark() {
    atNanos = System.nanoTime();
  }

  /**
   * What a look at its processes has found. One that was busy before is taken to have been so until just now.
   *
   * @return whether this counts as use
   */
  boolean found(boolean runs) {
    boolean used = runs || busy;
    busy = runs;
    if (used) {
      mark();
    }
    return used;
  }

  /** A call has begun that may take long, and counts until its {@link #ended}. */
  void began() {
    calls.incrementAndGet();
    mark();
  }

  void ended() {
    mark();
    calls.decrementAndGet();
  }

  /** Whether a call that takes long is under way. */
  boolean called() {
    return calls.get() > 0;
  }

  /** What a look at its processor time has found. Once is chance, such as the host's own question. */
  void burned(boolean much) {
    if (much && burned) {
      mark();
    }
    burned = much;
  }

  /** Whether a process ran in it at the last look. */
  boolean busy() {
    return busy;
  }

  Duration idle() {
    return Duration.ofNanos(System.nanoTime() - atNanos);
  }

  Instant last() {
    return Instant.now().minus(idle());
  }

  /** The time of the last use, when it is later by some than what was last noted. */
  boolean notNoted(Duration slack) {
    Instant last = last();
    Instant before = noted;
    return before == null || Duration.between(before, last).compareTo(slack) > 0;
  }

  Instant note() {
    Instant last = last();
    noted = last;
    return last;
  }
}
