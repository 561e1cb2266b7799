package dev.wrenn.itests.platform;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition with a limit; what was last seen is in the failure. */
final class Waiting {

  /** Asks for problems until there are none. */
  static void untilEmpty(Duration within, Callable<String> problems) throws Exception {
    long end = System.nanoTime() + within.toNanos();
    String seen = problems.call();
    while (!seen.isEmpty()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("still after " + within.toSeconds() + " s: " + seen);
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      seen = problems.call();
    }
  }

  private Waiting() {}
}
