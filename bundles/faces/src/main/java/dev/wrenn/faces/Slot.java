package dev.wrenn.faces;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A service that may be replaced while requests run: who needs it in the gap waits for the next one. Thread-safe. */
public final class Slot<T> {
  private final String name;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private volatile T service;

  /**
   * @param name for users
   * @param patience for how long {@link #get} waits
   */
  public Slot(String name, Duration patience) {
    this.name = name;
    this.patience = patience;
  }

  public void bind(T next) {
    lock.lock();
    try {
      service = next;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Does nothing when another one has been bound since. */
  public void unbind(T gone) {
    lock.lock();
    try {
      if (service == gone) {
        service = null;
      }
    } finally {
      lock.unlock();
    }
  }

  public String name() {
    return name;
  }

  public boolean filled() {
    return service != null;
  }

  /** @throws PlatformException {@code UNAVAILABLE} when there is none in time */
  public T get() throws PlatformException {
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
