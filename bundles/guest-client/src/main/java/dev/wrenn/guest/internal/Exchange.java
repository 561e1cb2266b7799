package dev.wrenn.guest.internal;

import dev.wrenn.spi.Deadline;
import java.util.concurrent.atomic.AtomicBoolean;

/** A request that was sent and an answer that is being read. Closing it from any thread ends a waiting read. */
final class Exchange implements AutoCloseable {
  private final Connections connections;
  private final Connection connection;
  private final Response response;
  private final AtomicBoolean over = new AtomicBoolean();

  Exchange(Connections connections, Connection connection, Response response) {
    this.connections = connections;
    this.connection = connection;
    this.response = response;
  }

  Response response() {
    return response;
  }

  Connection connection() {
    return connection;
  }

  /** From now on reads end at that deadline. */
  void deadline(Deadline within) {
    connection.deadline(within);
  }

  /** The answer was read: the connection may serve the next call. */
  void release() {
    if (response.reusable() && over.compareAndSet(false, true)) {
      connections.keep(connection);
    }
  }

  @Override
  public void close() {
    if (over.compareAndSet(false, true)) {
      connections.drop(connection);
    }
  }
}
