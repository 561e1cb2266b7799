package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.files.FileWatch;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.util.Optional;

/** Changes of files, read from the connection when they are asked for. */
final class AgentWatch implements FileWatch {
  private static final int ANSWER_BYTES = 1 << 16;

  private final Agent agent;
  private final Exchange exchange;
  private final Envelopes messages;
  private final String what;
  private volatile boolean closed;
  private boolean over;

  AgentWatch(Agent agent, Exchange exchange, String what) {
    this.agent = agent;
    this.exchange = exchange;
    this.what = what;
    messages = new Envelopes(exchange.response().body());
  }

  /** Waits until the agent watches, within the deadline that the request had. On failure the stream is closed. */
  void begin() throws GuestException {
    boolean begun = false;
    try {
      if (exchange.response().status != 200) {
        throw Failures.of(exchange.response().status, exchange.response().bytes(ANSWER_BYTES));
      }
      JsonNode first = messages.next();
      if (first == null || !first.path("start").isObject()) {
        throw new GuestException(Code.AGENT, "The agent of " + agent.name() + " did not say first that it watches");
      }
      begun = true;
    } catch (IOException e) {
      throw agent.failure(what, e);
    } finally {
      if (!begun) {
        exchange.close();
      }
    }
  }

  @Override
  public Optional<Change> next() throws GuestException {
    try {
      while (!closed && !over) {
        exchange.deadline(Deadline.after(agent.limits().silence()));
        JsonNode message = messages.next();
        over = message == null;
        Optional<Change> change = over ? Optional.empty() : FileJson.change(message);
        if (change.isPresent()) {
          return change;
        }
      }
      close();
      return Optional.empty();
    } catch (IOException e) {
      boolean asked = closed && !agent.closed();
      close();
      if (asked) {
        return Optional.empty();
      }
      throw new GuestException(Code.UNAVAILABLE, agent.failure(what, e).getMessage(), e);
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
}
