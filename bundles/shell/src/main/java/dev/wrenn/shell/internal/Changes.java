package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waits for changes of one capsule. */
final class Changes implements AutoCloseable {
  private final Semaphore changed = new Semaphore(0);
  private final AutoCloseable watch;

  Changes(CapsuleService capsules, Caller caller, String id) {
    watch = capsules.watch(caller, capsule -> {
      if (capsule.id().equals(id)) {
        changed.release();
      }
    });
  }

  /** Until the capsule has changed since the last call, or the time is up. @return true */
  boolean await(Duration limit) throws InterruptedException {
    if (changed.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      changed.drainPermits();
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    try {
      watch.close();
    } catch (Exception e) {
      throw new IOException("The platform did not end a subscription: " + e.getMessage(), e);
    }
  }
}
