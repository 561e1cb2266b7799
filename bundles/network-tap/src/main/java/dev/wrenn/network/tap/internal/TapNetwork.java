package dev.wrenn.network.tap.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;

/** A capsule's slot. All of it is in the kernel and in its marker; this object only names it. */
final class TapNetwork implements Network {
  /** Gives back whatever slots the id has. */
  @FunctionalInterface
  interface Releasing {
    void release(dev.wrenn.spi.PlanId id, Deadline within) throws DriverException;
  }

  private final Handle handle;
  private final Slot slot;
  private final int agentPort;
  private final NetworkAttachment attachment;
  private final Releasing releasing;

  TapNetwork(Handle handle, Slot slot, int agentPort, TapSettings settings, Releasing releasing) {
    this.handle = handle;
    this.slot = slot;
    this.agentPort = agentPort;
    this.attachment = attachment(slot, settings.group(), settings.dns());
    this.releasing = releasing;
  }

  private static NetworkAttachment attachment(Slot slot, int group, List<String> dns) {
    NetworkAttachment.GuestAddress guest =
        new NetworkAttachment.GuestAddress(Slot.GUEST + "/" + Slot.GUEST_PREFIX, Slot.GATEWAY, dns);
    return new NetworkAttachment.Tap(slot.netns(), Slot.TAP, Slot.GUEST_MAC, group, guest);
  }

  @Override
  public Handle handle() {
    return handle;
  }

  @Override
  public NetworkAttachment attachment() {
    return attachment;
  }

  @Override
  public InetSocketAddress agent() {
    return new InetSocketAddress(slot.capsuleAddress(), agentPort);
  }

  /** What the host's end sends is what the guest receives. The interface is as old as the capsule's use of it. */
  @Override
  public Optional<Traffic> traffic() throws DriverException {
    try {
      return Optional.of(new Traffic(counter("tx_bytes"), counter("rx_bytes")));
    } catch (NoSuchFileException e) {
      throw NetworkFailure.of(Code.GONE, "Interface " + slot.hostInterface() + " of " + handle.id() + " is no longer there");
    } catch (IOException e) {
      throw NetworkFailure.of("Counters of " + slot.hostInterface() + " can't be read", e);
    }
  }

  private long counter(String name) throws IOException {
    return Long.parseLong(Files.readString(slot.statistics().resolve(name)).strip());
  }

  @Override
  public void release(Deadline within) throws DriverException {
    releasing.release(handle.id(), within);
  }
}
