package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostedCapsule;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners of changes: in order, each on a thread of its own, so that a slow one delays nobody. Thread-safe. */
final class Events implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final int WAITING = 10_000;

  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  AutoCloseable watch(Consumer<HostedCapsule> listener) {
    Subscription subscription = new Subscription(listener);
    subscriptions.add(subscription);
    return subscription;
  }

  void publish(HostedCapsule picture) {
    subscriptions.forEach(subscription -> subscription.offer(picture));
  }

  @Override
  public void close() {
    subscriptions.forEach(Subscription::close);
  }

  private final class Subscription implements AutoCloseable {
    private final BlockingQueue<HostedCapsule> queue = new LinkedBlockingQueue<>(WAITING);
    private final Consumer<HostedCapsule> listener;
    private final Thread thread;

    Subscription(Consumer<HostedCapsule> listener) {
      this.listener = listener;
      thread = Thread.ofVirtual().name("capsule-events").start(this::deliver);
    }

    void offer(HostedCapsule picture) {
      if (!queue.offer(picture)) {
        LOG.warn("A listener is {} events behind: an event of {} is dropped; the list of capsules is the truth", WAITING, picture.id());
      }
    }

    @Override
    public void close() {
      subscriptions.remove(this);
      thread.interrupt();
    }

    private void deliver() {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          tell(queue.take());
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    private void tell(HostedCapsule picture) {
      try {
        listener.accept(picture);
      } catch (RuntimeException e) {
        LOG.warn("A listener failed on an event of {}", picture.id(), e);
      }
    }
  }
}
