package dev.wrenn.linux;

import dev.wrenn.linux.internal.ExitLoop;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Tells when processes end, whoever started them. One daemon thread waits for all of them; the kernel wakes it. Thread-safe.
 *
 * <p>A component that watches makes one and closes it with itself, so that nothing of it is kept alive by a process that runs on.
 * Closing ends no process; futures that are open then never complete.
 */
public final class ProcessWatch implements AutoCloseable {
  private final ExitLoop loop;

  /** @throws IOException when this kernel has no pidfd or the process has no file descriptor left */
  public ProcessWatch() throws IOException {
    this.loop = ExitLoop.start();
  }

  /**
   * Completes when the process has ended, at once when it is no more. Actions that hang on it run on threads of the common pool,
   * so they may block. Any number of watches of the same process may be open.
   *
   * @throws IOException when no more processes can be watched
   */
  public CompletionStage<Void> exit(ProcessId process) throws IOException {
    CompletableFuture<Void> exit = new CompletableFuture<>();
    loop.watch(process, () -> exit.completeAsync(() -> null));
    return exit;
  }

  @Override
  public void close() {
    loop.close();
  }
}
