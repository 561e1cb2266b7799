package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Holds a service that may be swapped: a call waits a little for the next one. Thread-safe. */
final class Gate<S> {
  private final String name;
  private final long patienceNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private S service;

  Gate(String name, Duration patience) {
    this.name = name;
    this.patienceNanos = patience.toNanos();
  }

  void open(S next) {
    lock.lock();
    try {
      service = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void close(S gone) {
    lock.lock();
    try {
      if (service == gone) {
        service = null;
      }
    } finally {
      lock.unlock();
    }
  }

  S get() throws PlatformException {
    lock.lock();
    try {
      long left = patienceNanos;
      while (service == null) {
        if (left <= 0) {
          throw new PlatformException(PlatformException.Code.UNAVAILABLE, "The " + name + " is starting or being updated; try again in a moment.");
        }
        left = changed.awaitNanos(left);
      }
      return service;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new PlatformException(PlatformException.Code.UNAVAILABLE, "Interrupted while waiting for the " + name + ".", stop);
    } finally {
      lock.unlock();
    }
  }
}
