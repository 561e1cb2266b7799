package dev.wrenn.itests.drivers;

import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;

/**
 * Stands in for a guest: a whole network stack of the kernel in a namespace of its own, whose card is joined to the slot's real TAP
 * device frame by frame, as a hypervisor would join it.
 */
final class GuestStandIn implements AutoCloseable {
  private static final String CARD = "guest0";

  final Network network;
  final TestNamespace inside;
  private final Path wire;

  private GuestStandIn(Network network, TestNamespace inside, Path wire) {
    this.network = network;
    this.inside = inside;
    this.wire = wire;
  }

  /** @param ends gets what ends the guest before anything can go wrong with it */
  static GuestStandIn start(Network network, Deque<AutoCloseable> ends) throws IOException {
    NetworkAttachment.Tap tap = (NetworkAttachment.Tap) network.attachment();
    String name = TapRig.PREFIX + "g-" + network.handle().facts().get("slot");
    TestNamespace inside = TestNamespace.make(name);
    Path wire = Files.createTempDirectory("wire");
    GuestStandIn guest = new GuestStandIn(network, inside, wire);
    ends.push(guest);
    String slotEnd = wire.resolve("slot").toString();
    String guestEnd = wire.resolve("guest").toString();
    inside.startIn(tap.netns().getFileName().toString(), "socat", "-b", "65536", "TUN,tun-name=" + tap.device()
        + ",tun-type=tap,iff-no-pi", "UNIX-SENDTO:" + guestEnd + ",bind=" + slotEnd);
    Process card = inside.start("socat", "-b", "65536", "TUN,tun-name=" + CARD + ",tun-type=tap,iff-no-pi",
        "UNIX-SENDTO:" + slotEnd + ",bind=" + guestEnd);
    TestNamespace.await("the guest's card", () -> guest.hasCard(card));
    inside.ip("link", "set", CARD, "address", tap.mac());
    inside.ip("addr", "add", tap.guest().cidr(), "dev", CARD);
    inside.ip("link", "set", CARD, "up");
    inside.ip("route", "add", "default", "via", tap.guest().gateway());
    TestNamespace.await("the wire", () -> Files.exists(wire.resolve("slot")) && Files.exists(wire.resolve("guest")));
    return guest;
  }

  private boolean hasCard(Process process) {
    try {
      return TestNamespace.hasEntered(process)
          && Files.readString(Path.of("/proc", Long.toString(process.pid()), "net/dev")).contains(CARD + ":");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws Exception {
    inside.close();
    for (String end : new String[] {"slot", "guest"}) {
      Files.deleteIfExists(wire.resolve(end));
    }
    Files.delete(wire);
  }
}
