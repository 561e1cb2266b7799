package dev.wrenn.linux.internal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/** Waits for what the kernel finishes shortly but tells nobody. */
public final class Retry {
  private static final Duration PAUSE = Duration.ofMillis(1);

  private Retry() {}

  /** A step that is tried until it says that it is done. */
  public interface Attempt {
    boolean done() throws IOException;
  }

  /** @throws IOException with that message when the time is up */
  public static void until(Duration longest, String otherwise, Attempt attempt) throws IOException {
    long until = System.nanoTime() + longest.toNanos();
    while (!attempt.done()) {
      if (System.nanoTime() - until >= 0) {
        throw new IOException(otherwise + " within " + longest.toMillis() + " ms");
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException(otherwise + ": interrupted");
      }
    }
  }
}
