package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private final AtomicLong clock = new AtomicLong();

  /** Takes so many at once. */
  private static List<Connection> take(Connections connections, ServerSocket server, int count) throws IOException {
    List<Connection> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Connection kept = connections.idle();
      taken.add(kept != null ? kept : connections.add(
          Connection.open(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), Deadline.after(Duration.ofSeconds(10)))));
    }
    return taken;
  }

  private static int idle(Connections connections) {
    int count = 0;
    while (connections.idle() != null) {
      count++;
    }
    return count;
  }

  @Test
  void thoseOfCallsSideBySideAreKeptForAWhile() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress()); Connections connections = new Connections(clock::get)) {
      take(connections, server, 10).forEach(connections::keep);
      assertEquals(8, idle(connections));
    }
  }

  @Test
  void thoseThatNobodyNeedsEndAtALaterCall() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress()); Connections connections = new Connections(clock::get)) {
      take(connections, server, 8).forEach(connections::keep);
      clock.addAndGet(Duration.ofSeconds(31).toNanos());
      Connection used = connections.idle();
      assertNotNull(used);
      connections.keep(used);
      assertEquals(2, idle(connections));
      assertNull(connections.idle());
    }
  }
}
