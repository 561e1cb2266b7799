package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Gives a deadline to operations of channels that know none: the channel is closed when it passes, which ends the operation. */
final class TimedIo {
  private TimedIo() {}

  interface Operation<T> {
    T run() throws IOException;
  }

  static <T> T run(Channel channel, Deadline within, String step, Operation<T> operation) throws DriverException, IOException {
    within.check(step);
    Executor later = CompletableFuture.delayedExecutor(within.remaining().toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
    CompletableFuture<Void> alarm = CompletableFuture.runAsync(() -> close(channel), later);
    try {
      return operation.run();
    } catch (ClosedByInterruptException e) {
      throw Failures.interrupted(step);
    } catch (AsynchronousCloseException e) {
      within.check(step);
      throw e;
    } catch (ClosedChannelException e) {
      within.check(step);
      throw e;
    } finally {
      alarm.cancel(false);
    }
  }

  static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("A socket could not be closed", e);
    }
  }
}
