package dev.wrenn.hostagent.internal.drivers;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.StorageDriver;
import java.util.List;
import java.util.function.Function;

/**
 * A kind of driver and what it makes.
 *
 * @param name as in handles and for operators
 * @param step of a create in which its object is made
 */
public record Kind<D extends Driver, T>(
    String name, String step, String endStep, Class<D> type, Adopter<D, T> adopter, Ender<T> ender, Function<T, Handle> handle) {
  public static final Kind<HypervisorDriver, MicroVm> HYPERVISOR =
      new Kind<>("hypervisor", "boot", "kill", HypervisorDriver.class, HypervisorDriver::adopt, MicroVm::kill, MicroVm::handle);
  public static final Kind<StorageDriver, Disk> STORAGE =
      new Kind<>("storage", "disk", "delete", StorageDriver.class, StorageDriver::adopt, Disk::delete, Disk::handle);
  public static final Kind<NetworkDriver, Network> NETWORK =
      new Kind<>("network", "network", "release", NetworkDriver.class, NetworkDriver::adopt, Network::release, Network::handle);

  public static final List<Kind<?, ?>> ALL = List.of(HYPERVISOR, STORAGE, NETWORK);

  @FunctionalInterface
  public interface Adopter<D, T> {
    T adopt(D driver, Handle handle, Deadline within) throws DriverException;
  }

  @FunctionalInterface
  public interface Ender<T> {
    void end(T object, Deadline within) throws DriverException;
  }

  @Override
  public String toString() {
    return name;
  }
}
