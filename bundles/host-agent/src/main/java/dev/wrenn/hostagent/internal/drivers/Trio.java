package dev.wrenn.hostagent.internal.drivers;

import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.storage.StorageDriver;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** One driver of each kind that fit together. */
public record Trio(DriverEntry<HypervisorDriver> hypervisor, DriverEntry<StorageDriver> storage, DriverEntry<NetworkDriver> network) {
  public Map<String, String> names() {
    return Map.of(Kind.HYPERVISOR.name(), hypervisor.name(), Kind.STORAGE.name(), storage.name(), Kind.NETWORK.name(), network.name());
  }

  boolean fits() {
    Set<String> accepts = hypervisor.driver().accepts();
    return meets(accepts, storage.driver().offers()) && meets(accepts, network.driver().offers());
  }

  /** Which pair does not fit, for people. */
  String gap() {
    Set<String> accepts = hypervisor.driver().accepts();
    boolean disk = meets(accepts, storage.driver().offers());
    return "hypervisor '" + hypervisor.name() + "' takes " + accepts + ", but " + (disk
        ? "network '" + network.name() + "' makes " + network.driver().offers()
        : "storage '" + storage.name() + "' makes " + storage.driver().offers());
  }

  /** An unknown offer may fit: the hypervisor will say. */
  private static boolean meets(Set<String> accepts, Set<String> offers) {
    return offers.isEmpty() || !Collections.disjoint(accepts, offers);
  }
}
