package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestInit;
import dev.wrenn.host.CapsuleOrder;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;

/** How the agent of a capsule is configured. */
final class Greeting {
  private static final int HOSTNAME = 63;

  private Greeting() {}

  /** @param again whether the agent may have been configured before; then this one counts as later, and adds to the variables that it knows */
  static GuestInit of(HostContext host, CapsuleLife life, CapsuleOrder order, boolean again) {
    return new GuestInit(again ? Instant.now().toEpochMilli() : 1, hostname(order.id()), host.machineIds().apply(life.id()),
        Optional.of(host.userTokens().apply(order.id())), order.defaultUser(), Optional.empty(), order.env(), again);
  }

  /** A client of the agent of a capsule that runs. */
  static GuestClient client(HostContext host, CapsuleLife life) {
    String address = life.record().agent().orElseThrow(() -> new IllegalStateException(life.id() + " has no agent"));
    return host.guests().connect(address(address), () -> host.tokens().apply(life.id()), life.id().toString());
  }

  /** As a record has it: {@code host:port}. */
  static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  static String hostname(String capsule) {
    return capsule.length() <= HOSTNAME ? capsule : capsule.substring(0, HOSTNAME);
  }
}
