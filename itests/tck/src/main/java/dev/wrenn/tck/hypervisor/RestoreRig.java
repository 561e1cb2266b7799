package dev.wrenn.tck.hypervisor;

import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import java.util.Set;

/** What the kit needs of a driver that saves and restores, and of the guest that it runs. Closing it takes the guests' networks away. */
public interface RestoreRig extends AutoCloseable {
  /** A new instance of the driver over the same place, as after an update or a crash. */
  HypervisorDriver open() throws Exception;

  /** Stops an instance as the framework does. */
  void close(HypervisorDriver instance) throws Exception;

  /** A plan that boots a Linux of at least 192 MiB, with a disk and a network of its own; the same for the same capsule. */
  BootPlan plan(PlanId id) throws Exception;

  /** A plan for another capsule, whose disk holds what the disk of that plan holds now; nobody writes to that one meanwhile. */
  BootPlan copy(BootPlan plan, PlanId id) throws Exception;

  /**
   * Runs a script of {@code sh} as root in the guest of that plan, waiting for its agent first.
   *
   * @return what it wrote; a status other than 0 is an {@link AssertionError}
   */
  String run(BootPlan plan, String script) throws Exception;

  /** Ends the process of a microVM behind the driver's back, at once. */
  void crash(Handle handle) throws Exception;

  /** Names of all that the driver has made and not removed: processes, directories, control groups … */
  Set<String> leftovers() throws Exception;
}
