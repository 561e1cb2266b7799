package dev.wrenn.hostagent.internal.drivers;

import dev.wrenn.spi.Driver;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.StorageDriver;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The three things that a capsule consists of. */
public final class Parts {
  public final Part<HypervisorDriver, MicroVm> vm;
  public final Part<StorageDriver, Disk> disk;
  public final Part<NetworkDriver, Network> network;

  public Parts(PlanId id) {
    vm = new Part<>(Kind.HYPERVISOR, id);
    disk = new Part<>(Kind.STORAGE, id);
    network = new Part<>(Kind.NETWORK, id);
  }

  /** All that another has is these parts' from now on, as it is: it keeps the id that it was made for. Both turns are the caller's. */
  public void take(Parts other) {
    vm.take(other.vm);
    disk.take(other.disk);
    network.take(other.network);
  }

  public List<Part<?, ?>> all() {
    return List.of(vm, disk, network);
  }

  /** In the order in which they can be taken over: the machine comes last, so that its end finds the rest known. */
  public List<Part<?, ?>> inAdoptionOrder() {
    return List.of(network, disk, vm);
  }

  public Map<String, Handle> handles() {
    Map<String, Handle> handles = new TreeMap<>();
    all().forEach(part -> part.handle().ifPresent(handle -> handles.put(part.kind().name(), handle)));
    return handles;
  }

  public void recall(Map<String, String> drivers, Map<String, Handle> handles) {
    for (Part<?, ?> part : all()) {
      String kind = part.kind().name();
      if (drivers.containsKey(kind)) {
        part.recall(drivers.get(kind), handles.get(kind));
      }
    }
  }

  public void drop(Driver owner) {
    all().forEach(part -> part.drop(owner));
  }

  /** Drops what drivers made that have gone while they made it. */
  public void keepOnly(Predicate<Driver> here) {
    all().forEach(part -> part.keepOnly(here));
  }

  public boolean complete() {
    return all().stream().allMatch(part -> part.object().isPresent());
  }

  public boolean made() {
    return all().stream().anyMatch(Part::made);
  }
}
