package dev.wrenn.sim.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The one agent that plays the agents of all simulated guests: which guest is meant shows in the loopback address that was called. Listens
 * on all loopback addresses, and takes calls from this machine only. A thread of its own per connection, a virtual one.
 */
public final class SimAgent implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket server;
  private final Map<InetAddress, SimGuest> guests = new ConcurrentHashMap<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** @param port to listen on; 0: any */
  public SimAgent(int port) throws IOException {
    server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress("0.0.0.0", port), BACKLOG);
    Thread.ofVirtual().name("sim-agent").start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** From now on there is a guest at that address. The same guest again stays as it is. */
  void enter(String address, String name, String tokenHash) {
    guests.compute(address(address), (key, there) -> there != null && there.name().equals(name) ? there : new SimGuest(name, tokenHash));
  }

  /** Hash of the token that the guest at that address wants; empty when there is none. */
  Optional<String> tokenHash(String address, String name) {
    return Optional.ofNullable(guests.get(address(address))).filter(guest -> guest.name().equals(name)).map(SimGuest::tokenHash);
  }

  void leave(String address, String name) {
    guests.computeIfPresent(address(address), (key, there) -> {
      if (!there.name().equals(name)) {
        return there;
      }
      there.end();
      return null;
    });
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().name("sim-call").start(() -> serve(socket));
      } catch (IOException e) {
        // Closed, or a caller that went away at once.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      open.add(socket);
      socket.setTcpNoDelay(true);
      SimGuest guest = guests.get(socket.getLocalAddress());
      if (guest != null && socket.getInetAddress().isLoopbackAddress()) {
        guest.serve(socket);
      }
    } catch (IOException e) {
      // The caller went away.
    } finally {
      open.remove(socket);
    }
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }
}
