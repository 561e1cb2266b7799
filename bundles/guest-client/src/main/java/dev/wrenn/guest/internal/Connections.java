package dev.wrenn.guest.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/** The connections to one agent: those in use, and a few that wait for the next call, most of them not for long. Thread-safe. */
final class Connections implements AutoCloseable {
  /** For calls that come side by side: to connect anew takes the guest longer than a small answer. */
  private static final int KEPT = 8;
  private static final int KEPT_LONG = 2;
  private static final long LONG_NANOS = Duration.ofSeconds(30).toNanos();

  private final LongSupplier clock;
  private final Deque<Connection> idle = new ArrayDeque<>(KEPT_LONG);
  private final Set<Connection> busy = new HashSet<>(4);
  private boolean closed;

  Connections() {
    this(System::nanoTime);
  }

  /** @param clock in nanoseconds */
  Connections(LongSupplier clock) {
    this.clock = clock;
  }

  /** A kept connection that still works, or null. */
  synchronized Connection idle() {
    for (Connection next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      if (next.idle()) {
        busy.add(next);
        return next;
      }
      next.close();
    }
    return null;
  }

  synchronized Connection add(Connection fresh) throws IOException {
    if (closed) {
      fresh.close();
      throw new IOException("the client is closed");
    }
    busy.add(fresh);
    return fresh;
  }

  /** Keeps a connection whose answer was read to the end, and ends those that have long waited: hosts call their guests all the time. */
  synchronized void keep(Connection used) {
    busy.remove(used);
    if (closed || idle.size() >= KEPT) {
      used.close();
      return;
    }
    used.idleFrom(clock.getAsLong());
    idle.addFirst(used);
    while (idle.size() > KEPT_LONG && clock.getAsLong() - idle.getLast().idleFrom() > LONG_NANOS) {
      idle.removeLast().close();
    }
  }

  synchronized void drop(Connection used) {
    busy.remove(used);
    used.close();
  }

  synchronized boolean closed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(Connection::close);
    busy.forEach(Connection::close);
    idle.clear();
    busy.clear();
  }
}
