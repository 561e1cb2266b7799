package dev.wrenn.e2b.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A service that may be replaced while requests run: who needs it in the gap waits for the next one. Thread-safe. */
final class Slot<T> {
  private final String name;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private volatile T service;

  Slot(String name, Duration patience) {
    this.name = name;
    this.patience = patience;
  }

  void bind(T next) {
    lock.lock();
    try {
      service = next;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Does nothing when another one has been bound since. */
  void unbind(T gone) {
    lock.lock();
    try {
      if (service == gone) {
        service = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** @throws PlatformException {@code UNAVAILABLE} when there is none in time */
  T get() throws PlatformException {
    T now = service;
    return now != null ? now : await();
  }

  private T await() throws PlatformException {
    long left = patience.toNanos();
    lock.lock();
    try {
      while (service == null && left > 0) {
        left = filled.awaitNanos(left);
      }
      if (service != null) {
        return service;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    throw new PlatformException(PlatformException.Code.UNAVAILABLE,
        "the platform's part \"" + name + "\" is not there now (waited " + TimeUnit.NANOSECONDS.toMillis(patience.toNanos())
            + " ms); try again in some seconds");
  }
}
