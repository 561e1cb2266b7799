package dev.wrenn.guest.internal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** The connections to one agent: those in use, and a few that wait for the next call. Thread-safe. */
final class Connections implements AutoCloseable {
  private static final int KEPT = 2;

  private final Deque<Connection> idle = new ArrayDeque<>(KEPT);
  private final Set<Connection> busy = new HashSet<>(4);
  private boolean closed;

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

  /** Keeps a connection whose answer was read to the end. */
  synchronized void keep(Connection used) {
    busy.remove(used);
    if (closed || idle.size() >= KEPT) {
      used.close();
    } else {
      idle.addFirst(used);
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
