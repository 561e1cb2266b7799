package dev.wrenn.guest.internal;

import dev.wrenn.guest.internal.HttpGuestClients.Limits;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** One agent: where it is, and the connections to it. Thread-safe. */
final class Agent implements AutoCloseable {
  private static final int ANSWER_BYTES = 8 << 20;

  private final InetSocketAddress address;
  private final Supplier<String> token;
  private final String name;
  private final Limits limits;
  private final Connections connections = new Connections();

  Agent(InetSocketAddress address, Supplier<String> token, String name, Limits limits) {
    this.address = address;
    this.token = token;
    this.name = name;
    this.limits = limits;
  }

  String name() {
    return name;
  }

  String token() {
    return token.get();
  }

  Limits limits() {
    return limits;
  }

  Deadline callLimit() {
    return Deadline.after(limits.call());
  }

  /**
   * A call with one answer.
   *
   * @param what the agent is asked for, for messages
   * @param repeatable whether it may be sent again when a kept connection turns out to be dead
   */
  byte[] call(Request request, String what, Deadline within, boolean repeatable) throws GuestException {
    try (Exchange exchange = open(request, what, within, repeatable)) {
      byte[] answer = exchange.response().bytes(ANSWER_BYTES);
      exchange.release();
      if (exchange.response().status / 100 != 2) {
        throw Failures.of(exchange.response().status, answer);
      }
      return answer;
    } catch (IOException e) {
      throw failure(what, e);
    }
  }

  /** Sends a request and reads the head of its answer, on a connection that is the caller's until the exchange is closed. */
  Exchange open(Request request, String what, Deadline within, boolean repeatable) throws GuestException {
    Connection kept = connections.idle();
    try {
      if (kept != null) {
        try {
          return exchange(kept, request, within);
        } catch (IOException e) {
          if (!repeatable || within.expired()) {
            throw e;
          }
        }
      }
      return exchange(fresh(within), request, within);
    } catch (IOException e) {
      throw failure(what, e);
    }
  }

  /** A call for which the answer's head is awaited on a connection of its own, which ends with it. */
  Exchange openOwn(Request request, String what) throws GuestException {
    return openOwn(request, what, callLimit());
  }

  Exchange openOwn(Request request, String what, Deadline within) throws GuestException {
    try {
      return openFresh(request, within, within);
    } catch (IOException e) {
      throw failure(what, e);
    }
  }

  /** A connection on which nothing is said yet. */
  Connection plain(Deadline within) throws IOException {
    return fresh(within);
  }

  void drop(Connection connection) {
    connections.drop(connection);
  }

  /**
   * The same on a connection of its own.
   *
   * @param connect for the connection alone
   * @throws IOException as it came, for a caller that tries again
   */
  Exchange openFresh(Request request, Deadline connect, Deadline within) throws IOException, GuestException {
    return openFresh(request, token.get(), connect, within);
  }

  Exchange openFresh(Request request, String with, Deadline connect, Deadline within) throws IOException, GuestException {
    return exchange(fresh(connect), request, with, within);
  }

  GuestException failure(String what, IOException cause) {
    if (connections.closed()) {
      return new GuestException(Code.UNAVAILABLE, "Capsule " + name + " is gone: " + what + " was broken off", cause);
    }
    return Failures.of(name, what, cause);
  }

  boolean closed() {
    return connections.closed();
  }

  @Override
  public void close() {
    connections.close();
  }

  private Connection fresh(Deadline within) throws IOException {
    return connections.add(Connection.open(address, within.limitedTo(limits.connect())));
  }

  private Exchange exchange(Connection connection, Request request, Deadline within) throws IOException, GuestException {
    return exchange(connection, request, token.get(), within);
  }

  private Exchange exchange(Connection connection, Request request, String with, Deadline within) throws IOException, GuestException {
    boolean sent = false;
    try {
      connection.deadline(within);
      connection.write(request.bytes(with), within);
      Exchange exchange = new Exchange(connections, connection, request.interim() ? Response.next(connection) : Response.read(connection));
      sent = true;
      return exchange;
    } finally {
      if (!sent) {
        connections.drop(connection);
      }
    }
  }
}
