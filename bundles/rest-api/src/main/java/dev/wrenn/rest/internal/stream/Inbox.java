package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Messages of a client in order. Who fills it waits while it holds {@value #ROOM} characters or more. Thread-safe. */
final class Inbox {
  private static final int ROOM = 1 << 20;

  private record Message(JsonNode node, int size) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Message> messages = new ArrayDeque<>();
  private int held;
  private boolean closed;

  /** Drops the message when the inbox is closed. */
  void put(JsonNode node, int size) throws InterruptedException {
    lock.lock();
    try {
      while (!closed && held >= ROOM) {
        changed.await();
      }
      if (!closed) {
        messages.add(new Message(node, size));
        held += size;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The next message; empty when the inbox is closed and read out. */
  Optional<JsonNode> take() throws InterruptedException {
    lock.lock();
    try {
      while (messages.isEmpty() && !closed) {
        changed.await();
      }
      return Optional.ofNullable(messages.poll()).map(this::taken);
    } finally {
      lock.unlock();
    }
  }

  /** The next message; empty also when none comes in time. */
  Optional<JsonNode> take(Duration within) throws InterruptedException {
    long left = within.toNanos();
    lock.lock();
    try {
      while (messages.isEmpty() && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      return Optional.ofNullable(messages.poll()).map(this::taken);
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private JsonNode taken(Message message) {
    held -= message.size();
    changed.signalAll();
    return message.node();
  }
}
