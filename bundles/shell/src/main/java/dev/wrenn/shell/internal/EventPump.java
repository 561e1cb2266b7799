package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessStream;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.SynchronousQueue;

/**
 * Pulls the events of a process on a thread of its own, because a read from a guest can't be interrupted and the thread of a shell must
 * be. One event at most is ahead of its reader.
 */
final class EventPump implements AutoCloseable {
  private final ProcessStream stream;
  private final SynchronousQueue<Callable<Optional<ProcessEvent>>> answers = new SynchronousQueue<>();
  private final Thread puller;

  EventPump(ProcessStream stream) {
    this.stream = stream;
    this.puller = Thread.ofVirtual().name("capsule output").start(this::pull);
  }

  /** The next event; empty at the end. */
  Optional<ProcessEvent> next() throws GuestException, InterruptedException {
    try {
      return answers.take().call();
    } catch (GuestException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void pull() {
    try {
      boolean more = true;
      while (more) {
        Optional<ProcessEvent> event;
        try {
          event = stream.next();
        } catch (GuestException | RuntimeException e) {
          answers.put(() -> {
            throw e;
          });
          return;
        }
        answers.put(() -> event);
        more = event.isPresent();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Detaches from the process; call it on the reader's thread. */
  @Override
  public void close() {
    stream.close();
    puller.interrupt();
  }
}
