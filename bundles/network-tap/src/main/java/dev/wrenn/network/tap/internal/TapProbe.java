package dev.wrenn.network.tap.internal;

import dev.wrenn.linux.CommandTimeoutException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Probe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes a slot, looks at all of it, and removes it. */
record TapProbe(
    TapSettings settings, Optional<String> unable, SlotRegistry registry, SlotBuilder builder, HostGuard guard, SlotPool pool) {

  Probe run(Deadline within) throws DriverException {
    within.check("probe");
    Map<String, String> facts = new TreeMap<>(Map.of("prefix", settings.prefix(), "subnet", settings.subnet().toString(),
        "slots", Integer.toString(settings.slots()), "dns", String.join(" ", settings.dns())));
    if (unable.isPresent()) {
      return new Probe(false, unable.get(), facts);
    }
    try {
      Optional<String> taken = overlap();
      if (taken.isPresent()) {
        return new Probe(false, "The subnet " + settings.subnet() + " meets address " + taken.get() + " of this host. Set 'subnet' of"
            + " dev.wrenn.network.tap to a range that is not in use.", facts);
      }
      guard.ensure(within);
      trySlot(facts, within);
      facts.put("slots_taken", Integer.toString(registry.owned().size()));
      facts.put("slots_ready", Integer.toString(pool.freeNow()));
      return new Probe(true, "A network of its own for each of up to " + settings.slots() + " capsules; one was made in "
          + facts.get("make_ms") + " ms. Host, other capsules and private ranges are out of their reach.", facts);
    } catch (CommandTimeoutException e) {
      throw DriverException.timeout("probe").withDetail(e.getMessage());
    } catch (IOException e) {
      return new Probe(false, "A network could not be made: " + e.getMessage() + ". Needed are the tools ip, nft and nsenter"
          + " (packages iproute2, nftables, util-linux), /dev/net/tun and nftables in the kernel.", facts);
    }
  }

  private void trySlot(Map<String, String> facts, Deadline within) throws IOException, DriverException {
    long start = System.nanoTime();
    Slot slot = pool.make(within);
    facts.put("make_ms", Long.toString((System.nanoTime() - start) / 1_000_000));
    boolean whole = builder.isWhole(slot, slot.inode(), within);
    if (registry.claimForRemoval(slot.number())) {
      pool.remove(List.of(slot), within);
    }
    if (!whole) {
      throw new IOException("the namespace " + slot.name() + " lacks what was made in it");
    }
  }

  private Optional<String> overlap() throws IOException {
    for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
      if (card.getName().startsWith(settings.prefix() + "-v")) {
        continue;
      }
      for (InterfaceAddress address : card.getInterfaceAddresses()) {
        InetAddress own = address.getAddress();
        if (own.getAddress().length == 4) {
          int number = Cidr.address(own.getHostAddress());
          int length = address.getNetworkPrefixLength();
          Cidr network = new Cidr(length == 0 ? 0 : number & -1 << 32 - length, length);
          if (network.overlaps(settings.subnet())) {
            return Optional.of(own.getHostAddress() + "/" + length + " on " + card.getName());
          }
        }
      }
    }
    return Optional.empty();
  }
}
