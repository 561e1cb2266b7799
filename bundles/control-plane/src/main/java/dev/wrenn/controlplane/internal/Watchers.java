package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.Capsule;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of changes. Each listener has its own queue with one place per capsule, so a slow one sees fewer pictures but always the
 * last, and holds up nobody. Thread-safe.
 */
final class Watchers {
  private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);
  private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
  private final Executor executor;

  Watchers(Executor executor) {
    this.executor = executor;
  }

  AutoCloseable add(String team, Consumer<Capsule> listener) {
    Watcher watcher = new Watcher(team, listener);
    watchers.add(watcher);
    return () -> watchers.remove(watcher);
  }

  void changed(Capsule capsule) {
    watchers.forEach(w -> w.offer(capsule));
  }

  private final class Watcher {
    private final String team;
    private final Consumer<Capsule> listener;
    private final Map<String, Capsule> waiting = new LinkedHashMap<>();
    private boolean busy;

    Watcher(String team, Consumer<Capsule> listener) {
      this.team = team;
      this.listener = listener;
    }

    void offer(Capsule capsule) {
      if (!capsule.teamId().equals(team)) {
        return;
      }
      synchronized (waiting) {
        waiting.merge(capsule.id(), capsule, (old, next) -> next.version() >= old.version() ? next : old);
        if (busy) {
          return;
        }
        busy = true;
      }
      executor.execute(this::deliver);
    }

    private void deliver() {
      for (Capsule next = take(); next != null; next = take()) {
        try {
          listener.accept(next);
        } catch (RuntimeException e) {
          LOG.warn("A listener for changes of capsules failed and is dropped", e);
          watchers.remove(this);
        }
      }
    }

    private Capsule take() {
      synchronized (waiting) {
        Iterator<Capsule> first = waiting.values().iterator();
        if (!first.hasNext()) {
          busy = false;
          return null;
        }
        Capsule next = first.next();
        first.remove();
        return next;
      }
    }
  }
}
