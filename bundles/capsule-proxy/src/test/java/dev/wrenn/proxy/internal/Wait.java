package dev.wrenn.proxy.internal;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what becomes true by and by. */
final class Wait {
  private static final Duration LONG = Duration.ofSeconds(60);

  static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("after " + LONG.toSeconds() + " s still not: " + what);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private Wait() {}
}
