package dev.wrenn.itests;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waits on conditions; a test never sleeps for a time that somebody guessed. */
public final class Await {
  private Await() {}

  /** The first value that fits. The last value, or error, is in the failure. */
  public static <T> T until(String what, Duration within, Callable<T> probe, Predicate<T> fits) {
    long end = System.nanoTime() + within.toNanos();
    Object last = null;
    while (System.nanoTime() < end) {
      try {
        T value = probe.call();
        if (fits.test(value)) {
          return value;
        }
        last = value;
      } catch (Exception notYet) {
        last = notYet;
      }
      pause();
    }
    throw new AssertionError(what + " did not come within " + within + "; last: " + last);
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting", stopped);
    }
  }
}
