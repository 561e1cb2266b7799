package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.Deadline;

/** Connections into capsules: so many at once for each, and none beyond its end. */
final class Doors {
  private static final int HIGHEST_PORT = 65_535;
  private static final String STEP = "connect";

  private final int most;
  private final int agentPort;

  /** @param most connections of one capsule at once */
  Doors(int most, int agentPort) {
    this.most = most;
    this.agentPort = agentPort;
  }

  GuestSocket connect(CapsuleLife life, int port, Deadline within) throws HostException {
    if (port < 1 || port > HIGHEST_PORT || port == agentPort) {
      throw new HostException(Code.INVALID, STEP, port == agentPort ? "Port " + port + " of a capsule is its agent's own"
          : port + " is no port: 1 to " + HIGHEST_PORT);
    }
    return open(life, client -> client.connect(port, within));
  }

  GuestSocket connectAgent(CapsuleLife life, Deadline within) throws HostException {
    return open(life, client -> client.connectAgent(within));
  }

  @FunctionalInterface
  private interface Opener {
    GuestSocket open(GuestClient client) throws GuestException;
  }

  private GuestSocket open(CapsuleLife life, Opener opener) throws HostException {
    if (life.sockets().incrementAndGet() > most) {
      life.sockets().decrementAndGet();
      throw new HostException(Code.NO_CAPACITY, STEP, "Capsule " + life.id().capsule() + " has " + most
          + " connections already: close some, or raise maxConnections in dev.wrenn.host");
    }
    boolean open = false;
    try {
      GuestSocket socket = new TrackedSocket(opener.open(Reach.of(life)), life, life.sockets()::decrementAndGet);
      open = true;
      return socket;
    } catch (GuestException e) {
      throw new HostException(code(e.code()), STEP, e.getMessage(), e);
    } finally {
      if (!open) {
        life.sockets().decrementAndGet();
      }
    }
  }

  private static Code code(GuestException.Code code) {
    return switch (code) {
      case NOT_FOUND -> Code.NO_LISTENER;
      case INVALID, FORBIDDEN -> Code.INVALID;
      case NO_CAPACITY -> Code.NO_CAPACITY;
      case UNAVAILABLE -> Code.UNAVAILABLE;
      case TIMEOUT -> Code.TIMEOUT;
      case CONFLICT, UNAUTHENTICATED, AGENT -> Code.FAILED;
    };
  }
}
