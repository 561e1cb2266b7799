package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Turns what goes wrong below into errors of the contract. */
final class Failures {
  private Failures() {}

  static DriverException io(String step, String what, IOException e) {
    return DriverException.of(Code.IO, step, what + ": " + e.getMessage(), e);
  }

  static DriverException interrupted(String step) {
    Thread.currentThread().interrupt();
    return DriverException.of(Code.IO, step, "Step '" + step + "' was interrupted").asRetryable();
  }

  /** Waits for an event until the deadline. */
  static <T> T await(CompletionStage<T> event, Deadline within, String step) throws DriverException {
    try {
      return event.toCompletableFuture().get(within.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw DriverException.timeout(step);
    } catch (InterruptedException e) {
      throw interrupted(step);
    } catch (ExecutionException e) {
      throw DriverException.of(Code.IO, step, "Step '" + step + "' failed: " + e.getCause().getMessage(), e.getCause());
    }
  }
}
