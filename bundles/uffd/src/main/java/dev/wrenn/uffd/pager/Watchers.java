package dev.wrenn.uffd.pager;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;

/** Those who are told of every change. One that does not read is cut off; deliveries never wait for any. */
final class Watchers {
  private static final int BEHIND = 4096;
  private final Set<BlockingQueue<Frame>> queues = ConcurrentHashMap.newKeySet();

  /** To whom a frame is passed on. */
  interface Sink {
    void take(Frame frame) throws IOException;
  }

  boolean isEmpty() {
    return queues.isEmpty();
  }

  void tell(Frame frame) {
    for (BlockingQueue<Frame> queue : queues) {
      if (!queue.offer(frame)) {
        queues.remove(queue);
      }
    }
  }

  /** Passes on what is told, from {@code first} on, until that fails or the sink is too slow. */
  void watch(Iterable<Frame> first, Sink sink) throws IOException, InterruptedException {
    BlockingQueue<Frame> queue = new ArrayBlockingQueue<>(BEHIND);
    queues.add(queue);
    try {
      for (Frame frame : first) {
        sink.take(frame);
      }
      while (queues.contains(queue) || !queue.isEmpty()) {
        sink.take(queue.take());
      }
    } finally {
      queues.remove(queue);
    }
  }
}
