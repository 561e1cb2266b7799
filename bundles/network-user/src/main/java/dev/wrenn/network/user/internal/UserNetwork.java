package dev.wrenn.network.user.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.network.NetworkPlan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** A loopback port that belongs to a capsule; the network behind it lives in the hypervisor's process. */
record UserNetwork(Handle handle, int port, NetworkPlan plan, UserNetworkDriver driver) implements Network {
  /** The addresses that QEMU's user-mode network has from the start. */
  private static final NetworkAttachment.GuestAddress GUEST =
      new NetworkAttachment.GuestAddress("10.0.2.15/24", "10.0.2.2", List.of("10.0.2.3"));
  private static final String MAC = "02:fc:00:00:00:05";

  @Override
  public NetworkAttachment attachment() {
    return new NetworkAttachment.UserMode(port, plan.agentPort(), MAC, plan.egress(), GUEST);
  }

  @Override
  public InetSocketAddress agent() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Nobody outside the hypervisor's process can count. */
  @Override
  public Optional<Traffic> traffic() {
    return Optional.empty();
  }

  @Override
  public void release(Deadline within) throws DriverException {
    driver.discard(handle.id(), within);
  }
}
