package dev.wrenn.spi;

import java.time.Duration;

/**
 * The moment by which a blocking call must have come back, on the monotonic clock of this JVM.
 *
 * <p>Pass it on unchanged to the calls that a step makes; {@link #limitedTo} makes a shorter one. Immutable.
 */
public final class Deadline {
  private final long atNanos;

  private Deadline(long atNanos) {
    this.atNanos = atNanos;
  }

  public static Deadline after(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** The earlier of this deadline and {@code time} from now. */
  public Deadline limitedTo(Duration time) {
    return remaining().compareTo(time) <= 0 ? this : after(time);
  }

  /** Time left; zero, never negative, once it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
  }

  public boolean expired() {
    return atNanos - System.nanoTime() <= 0;
  }

  /** Throws {@code TIMEOUT} naming the step when the time is up, and does nothing otherwise. */
  public void check(String step) throws DriverException {
    if (expired()) {
      throw DriverException.timeout(step);
    }
  }

  @Override
  public String toString() {
    return remaining().toMillis() + " ms left";
  }
}
