package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The snapshots' service as it comes and goes. Thread-safe. */
public final class SnapshotGate {
  private static final Duration COME_BACK = Duration.ofSeconds(10);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition came = lock.newCondition();
  private Snapshots service;
  private volatile Runnable listener;
  private volatile Runnable farewell;

  public void set(Snapshots snapshots) {
    lock.lock();
    try {
      service = snapshots;
      came.signalAll();
    } finally {
      lock.unlock();
    }
    Runnable told = listener;
    if (told != null) {
      told.run();
    }
  }

  /** Calls the listener whenever the service comes, and now if it is here. It must not block. */
  void listen(Runnable toTell) {
    listener = toTell;
    if (now().isPresent()) {
      toTell.run();
    }
  }

  /** Calls that one whenever the service goes, while it can still be used. */
  void listenGoing(Runnable toTell) {
    farewell = toTell;
  }

  public void unset(Snapshots snapshots) {
    Runnable told = farewell;
    if (told != null && now().filter(here -> here == snapshots).isPresent()) {
      told.run();
    }
    lock.lock();
    try {
      if (service == snapshots) {
        service = null;
      }
    } finally {
      lock.unlock();
    }
  }

  public Optional<Snapshots> now() {
    lock.lock();
    try {
      return Optional.ofNullable(service);
    } finally {
      lock.unlock();
    }
  }

  /** Waits a while for one that is being exchanged. @throws HostException {@code UNAVAILABLE} */
  Snapshots need(Deadline within) throws HostException {
    lock.lock();
    try {
      long left = within.limitedTo(COME_BACK).remaining().toNanos();
      while (service == null && left > 0) {
        left = came.awaitNanos(left);
      }
      if (service == null) {
        throw new HostException(Code.UNAVAILABLE, "snapshot", "The snapshot bundle is not here: start it, then ask again");
      }
      return service;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, "snapshot", "Waiting for the snapshot bundle was broken off", e);
    } finally {
      lock.unlock();
    }
  }
}
