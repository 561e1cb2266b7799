package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.memory.MemorySource;
import java.nio.file.Path;

/**
 * All that a microVM is restored from.
 *
 * @param machine the machine as it was booted, with the disk and the network that it gets now. The disk must hold what the guest knows
 *     of it: the same one, or one made of a capture that was taken in the same freeze. The words for the agent have no effect: the guest's
 *     kernel has read its command line long ago
 * @param stateFile what {@link MicroVm#save} wrote; it is only read
 * @param saved what {@link MicroVm#save} gave back
 * @param memory the guest's whole memory; its variant must be among {@link HypervisorDriver#accepts}. An image and a page server's
 *     socket must stay for as long as the microVM lives
 * @param diskBytes size of the disk when it is larger than the one that the guest knows: the guest is told before its agent can be reached;
 *     0 when it is as it was
 */
public record RestorePlan(BootPlan machine, Path stateFile, SavedState saved, MemorySource memory, long diskBytes) {
  /** With a disk as large as it was. */
  public RestorePlan(BootPlan machine, Path stateFile, SavedState saved, MemorySource memory) {
    this(machine, stateFile, saved, memory, 0);
  }

  public PlanId id() {
    return machine.id();
  }
}
