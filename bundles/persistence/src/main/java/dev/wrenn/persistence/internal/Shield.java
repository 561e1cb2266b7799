package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreException.Code;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads that nobody else interrupts. A thread that is interrupted while it reads or writes a file closes that file for all, and H2's
 * whole database with it; so no caller's own thread may do that. Thread-safe.
 */
final class Shield implements AutoCloseable {
  private final ExecutorService threads;

  Shield(String name, int count) {
    threads = Executors.newFixedThreadPool(count, Thread.ofPlatform().daemon().name(name, 0).factory());
  }

  /** Does the work and waits for its end, whatever happens to the caller meanwhile; its interrupt is kept for it. */
  <R> R call(Callable<R> work) {
    Future<R> result = threads.submit(work);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof StoreException told) {
            throw told;
          }
          throw new StoreException(Code.FAILED, "the database call failed: " + e.getCause().getMessage(), e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
