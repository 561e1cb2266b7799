package dev.wrenn.hostagent.internal.life;

import dev.wrenn.spi.Deadline;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Work that goes on beside the one that started it, which must join or abandon it. */
final class Branch<T> {
  private final Thread thread;
  private volatile T result;
  private volatile Throwable failure;

  Branch(String name, Callable<T> work) {
    thread = Thread.ofVirtual().name(name).start(() -> {
      try {
        result = work.call();
      } catch (Throwable e) {
        failure = e;
      }
    });
  }

  /** Waits for it, at most that long. @return whether it has ended; @throws Exception what it threw */
  boolean join(Duration most) throws Exception {
    if (!thread.join(most)) {
      return false;
    }
    join();
    return true;
  }

  /** Its result. @throws Exception what it threw, or {@link InterruptedException} with the work going on */
  T join() throws Exception {
    thread.join();
    return switch (failure) {
      case null -> result;
      case Exception e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    };
  }

  /** Asks it to stop and waits for that, interrupted or not. */
  void abandon(Deadline within) {
    thread.interrupt();
    settle(within);
  }

  /** Waits until it has ended, interrupted or not. */
  void settle(Deadline within) {
    boolean interrupted = false;
    while (thread.isAlive() && !within.expired()) {
      try {
        thread.join(within.remaining());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
