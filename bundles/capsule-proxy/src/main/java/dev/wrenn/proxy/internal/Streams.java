package dev.wrenn.proxy.internal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What is being proxied now, so that it ends with this bundle. Thread-safe. */
final class Streams {
  private final Set<Runnable> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** @param breakOff breaks the stream; may be called from any thread, and more than once */
  void add(Runnable breakOff) {
    open.add(breakOff);
    if (closed) {
      breakOff.run();
    }
  }

  void remove(Runnable breakOff) {
    open.remove(breakOff);
  }

  int count() {
    return open.size();
  }

  void breakAll() {
    closed = true;
    open.forEach(Runnable::run);
  }
}
