package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One at a time for each name: the next one waits, and finds what the former left. Of this control plane only. Thread-safe. */
final class NameTurns {
  interface Work<R> {
    R run() throws PlatformException;
  }

  private final Duration patience;
  private final Set<String> taken = new HashSet<>();

  /** @param patience how long one waits for its turn */
  NameTurns(Duration patience) {
    this.patience = patience;
  }

  /** @throws PlatformException {@code UNAVAILABLE} when its turn did not come in time; else what the work throws */
  <R> R take(String key, String name, Work<R> work) throws PlatformException {
    await(key, name);
    try {
      return work.run();
    } finally {
      synchronized (taken) {
        taken.remove(key);
        taken.notifyAll();
      }
    }
  }

  private void await(String key, String name) throws PlatformException {
    long end = System.nanoTime() + patience.toNanos();
    synchronized (taken) {
      while (!taken.add(key)) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new PlatformException(Code.UNAVAILABLE, "Template '" + name + "' is being saved or deleted by another call; try again in a moment.");
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(taken, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new PlatformException(Code.UNAVAILABLE, "The wait for template '" + name + "' was broken off; try again.", e);
        }
      }
    }
  }
}
