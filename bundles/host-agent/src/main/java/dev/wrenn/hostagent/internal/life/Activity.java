package dev.wrenn.hostagent.internal.life;

import java.time.Duration;
import java.time.Instant;

/** When a capsule was last used. Thread-safe; cheap enough for every call. */
final class Activity {
  private volatile long atNanos = System.nanoTime();
  private volatile Instant noted;

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
