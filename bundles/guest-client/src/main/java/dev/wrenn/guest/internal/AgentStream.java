package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The events of one process, read from the connection when they are asked for. */
final class AgentStream implements ProcessStream {
  /** The end of a stream comes right behind the end of its process; a connection is not worth waiting longer. */
  private static final Duration TRAILER = Duration.ofMillis(5);

  private final Agent agent;
  private final Exchange exchange;
  private final Envelopes messages;
  private final String what;
  private ProcessEvent.Started started;
  private boolean startShown;
  private boolean over;
  private volatile boolean closed;

  AgentStream(Agent agent, Exchange exchange, String what) {
    this.agent = agent;
    this.exchange = exchange;
    this.what = what;
    messages = new Envelopes(exchange.response().body());
  }

  /** Reads the first event within the deadline that the request had. On failure the stream is closed. */
  void begin() throws GuestException {
    boolean begun = false;
    try {
      if (exchange.response().status != 200) {
        throw Failures.of(exchange.response().status, exchange.response().bytes(1 << 16));
      }
      if (!(read() instanceof ProcessEvent.Started first)) {
        throw new GuestException(Code.AGENT, "The agent of " + agent.name() + " did not say first that the process has started");
      }
      started = first;
      begun = true;
    } catch (IOException e) {
      throw agent.failure(what, e);
    } finally {
      if (!begun) {
        exchange.close();
      }
    }
  }

  long pid() {
    return started.pid();
  }

  @Override
  public Optional<ProcessEvent> next() throws GuestException {
    if (closed || over) {
      return Optional.empty();
    }
    if (!startShown) {
      startShown = true;
      return Optional.of(started);
    }
    try {
      ProcessEvent event = read();
      if (event instanceof ProcessEvent.Ended) {
        finish();
      }
      return Optional.of(event);
    } catch (IOException e) {
      boolean asked = closed && !agent.closed();
      close();
      if (asked) {
        return Optional.empty();
      }
      throw agent.failure("output", e);
    } catch (GuestException e) {
      close();
      throw e;
    }
  }

  @Override
  public void close() {
    closed = true;
    exchange.close();
  }

  private ProcessEvent read() throws IOException, GuestException {
    while (true) {
      if (started != null) {
        exchange.deadline(Deadline.after(agent.limits().silence()));
      }
      JsonNode message = messages.next();
      if (message == null) {
        throw new GuestException(Code.UNAVAILABLE, "The agent of " + agent.name() + " ended the stream before the process: connect again");
      }
      Optional<ProcessEvent> event = ProcessJson.event(message);
      if (event.isPresent()) {
        return event.get();
      }
    }
  }

  private void finish() {
    over = true;
    try {
      exchange.deadline(Deadline.after(TRAILER));
      if (messages.next() == null) {
        messages.drain();
        exchange.release();
      }
    } catch (IOException | GuestException e) {
      // The process' end is known; only the connection can't be kept.
    }
    exchange.close();
  }
}
