package dev.wrenn.proxy.internal;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EndPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client's end of a connection, as far as more than HTTP is asked of it. */
final class Client {
  private static final Logger LOG = LoggerFactory.getLogger(Client.class);

  private final EndPoint endPoint;
  private final long idleTimeout;

  Client(EndPoint endPoint) {
    this.endPoint = endPoint;
    this.idleTimeout = endPoint.getIdleTimeout();
  }

  /** A stream may be silent as long as it likes; peers that are gone are found out by TCP. */
  void patient() {
    endPoint.setIdleTimeout(0);
    if (endPoint.getTransport() instanceof SocketChannel channel) {
      option(channel, StandardSocketOptions.SO_KEEPALIVE, true);
    }
  }

  void asBefore() {
    endPoint.setIdleTimeout(idleTimeout);
  }

  /** Breaks the connection, so that nobody takes a torn answer for a whole one. */
  void reset() {
    if (endPoint.getTransport() instanceof SocketChannel channel) {
      option(channel, StandardSocketOptions.SO_LINGER, 0);
    }
    endPoint.close();
  }

  private static <T> void option(SocketChannel channel, java.net.SocketOption<T> option, T value) {
    try {
      channel.setOption(option, value);
    } catch (IOException closedAlready) {
      LOG.debug("{} of a connection that is closed", option, closedAlready);
    }
  }
}
