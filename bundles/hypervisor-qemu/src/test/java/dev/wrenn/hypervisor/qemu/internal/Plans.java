package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.nio.file.Path;
import java.util.List;

/** Plans over files that exist on every Linux, for tests that start nothing. */
final class Plans {
  static final Path FILE = Path.of("/etc/hostname");
  static final PlanId ID = new PlanId("c1", 1);
  static final NetworkAttachment.GuestAddress ADDRESS = new NetworkAttachment.GuestAddress("10.0.2.15/24", "10.0.2.2", List.of("10.0.2.3", "9.9.9.9"));
  static final NetworkAttachment TAP = new NetworkAttachment.Tap(Path.of("/proc/self/ns/net"), "tap0", "02:fc:00:00:00:05", 7, ADDRESS);
  static final BlockAttachment QCOW2 = new BlockAttachment.Qcow2File(FILE, List.of(Path.of("/etc/passwd")));

  private Plans() {}

  static NetworkAttachment user(boolean egress) {
    return new NetworkAttachment.UserMode(4711, 49983, "02:fc:00:00:00:05", egress, ADDRESS);
  }

  static BootPlan.GuestKernel kernel(String machine) {
    return new BootPlan.GuestKernel(FILE, FILE, machine, "6.1", List.of("console=ttyS0", "quiet", "reboot=t", "pci=off"), List.of("tsc_early_khz=@host_tsc_khz@"));
  }

  static BootPlan plan(String machine, BlockAttachment disk, NetworkAttachment network, String... words) {
    return new BootPlan(ID, 2, 512, kernel(machine), disk, network, List.of(words), new BootPlan.Limits(0, 0, 0));
  }
}
