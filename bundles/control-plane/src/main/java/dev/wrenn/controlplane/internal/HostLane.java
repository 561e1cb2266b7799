package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostedCapsule;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What is to be looked at on one host: one thing at a time, and of each capsule only the latest picture, so that a flood of events or a
 * host that hangs costs the others nothing. Thread-safe.
 */
final class HostLane {
  private final Executor threads;
  private final Consumer<HostedCapsule> event;
  private final Map<String, HostedCapsule> events = new LinkedHashMap<>();
  private Runnable comparison;
  private boolean busy;

  HostLane(Executor threads, Consumer<HostedCapsule> event) {
    this.threads = threads;
    this.event = event;
  }

  void tell(HostedCapsule capsule) {
    synchronized (events) {
      events.merge(capsule.id(), capsule, (old, next) -> next.sequence() >= old.sequence() ? next : old);
      wake();
    }
  }

  /** Takes the place of a comparison that has not begun. */
  void compare(Runnable next) {
    synchronized (events) {
      comparison = next;
      wake();
    }
  }

  private void wake() {
    if (!busy) {
      busy = true;
      threads.execute(this::work);
    }
  }

  private void work() {
    for (Runnable next = take(); next != null; next = take()) {
      next.run();
    }
  }

  private Runnable take() {
    synchronized (events) {
      Iterator<HostedCapsule> first = events.values().iterator();
      if (first.hasNext()) {
        HostedCapsule capsule = first.next();
        first.remove();
        return () -> event.accept(capsule);
      }
      Runnable next = comparison;
      comparison = null;
      busy = next != null;
      return next;
    }
  }
}
