package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessStream;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Events that a test hands in; a reader waits for the next one, and close ends that. */
final class ScriptedStream implements ProcessStream {
  private static final long LIMIT_SECONDS = 20;
  private static final Object CLOSED = new Object();

  private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
  private volatile boolean closed;

  ScriptedStream with(ProcessEvent... more) {
    for (ProcessEvent event : more) {
      events.add(event);
    }
    return this;
  }

  ScriptedStream failing(GuestException failure) {
    events.add(failure);
    return this;
  }

  boolean closed() {
    return closed;
  }

  @Override
  public Optional<ProcessEvent> next() throws GuestException {
    try {
      Object next = closed ? CLOSED : events.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (next instanceof GuestException failure) {
        throw failure;
      }
      return next instanceof ProcessEvent event ? Optional.of(event) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    closed = true;
    events.add(CLOSED);
  }
}
