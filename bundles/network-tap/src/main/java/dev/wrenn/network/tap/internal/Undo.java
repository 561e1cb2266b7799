package dev.wrenn.network.tap.internal;

import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.time.Duration;

/** Takes back half-done work although the time is up or the thread was interrupted: it has a time of its own. */
final class Undo {
  private static final Duration TIME = Duration.ofSeconds(10);

  /** What is to be done. */
  @FunctionalInterface
  interface Step {
    void run(Deadline within) throws IOException;
  }

  private Undo() {}

  /** Runs the step; when that fails too, the cause carries it. */
  static void after(Throwable cause, Step step) {
    boolean interrupted = Thread.interrupted();
    try {
      step.run(Deadline.after(TIME));
    } catch (IOException e) {
      cause.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
