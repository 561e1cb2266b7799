package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is started: a capsule, or the guest of a probe, which has neither disk nor network but a console.
 *
 * @param words the kernel's command line
 * @param origin what it goes on from; empty for one that is booted
 * @param console whether its console is to call {@link CapsuleDirectory#console}
 */
record Guest(
    PlanId id, String accelerator, int vcpus, int memoryMib, BootPlan.GuestKernel kernel, List<String> words,
    Optional<BlockAttachment> root, Optional<NetworkAttachment> network, BootPlan.Limits limits, Optional<Origin> origin, boolean console) {

  static Guest of(BootPlan plan, String accelerator, Optional<Origin> origin) throws IOException {
    List<String> words = new ArrayList<>(KernelWords.of(plan.kernel(), accelerator));
    words.add("quiet");
    words.add("wrenn.root=/dev/vda");
    NetworkAttachment.GuestAddress address = plan.network().guest();
    words.add("wrenn.ip=" + address.cidr());
    words.add("wrenn.gw=" + address.gateway());
    if (!address.dns().isEmpty()) {
      words.add("wrenn.dns=" + String.join(",", address.dns()));
    }
    words.addAll(plan.agentArguments());
    return new Guest(plan.id(), accelerator, plan.vcpus(), plan.memoryMib(), plan.kernel(), words, Optional.of(plan.root()),
        Optional.of(plan.network()), plan.limits(), origin, false);
  }

  /** Files of the host that QEMU reads only. */
  List<Path> readOnlyFiles() {
    List<Path> files = new ArrayList<>(List.of(kernel.image(), kernel.initrd()));
    if (root.orElse(null) instanceof BlockAttachment.Qcow2File(Path file, List<Path> backing)) {
      files.addAll(backing);
    }
    if (network.orElse(null) instanceof NetworkAttachment.UserMode) {
      // The user-mode network asks the host's resolver on the guest's behalf.
      files.add(Path.of("/etc/resolv.conf"));
    }
    return files;
  }

  /** Bytes of memory. */
  long memoryBytes() {
    return (long) memoryMib << 20;
  }

  /** The disk of its own, when that is a file. */
  Optional<Path> ownFile() {
    return root.flatMap(disk -> switch (disk) {
      case BlockAttachment.Qcow2File qcow2 -> Optional.of(qcow2.file());
      case BlockAttachment.RawFile raw -> Optional.of(raw.file());
      case BlockAttachment.BlockDevice device -> Optional.empty();
    });
  }

  Optional<Path> ownDevice() {
    return root.flatMap(disk -> disk instanceof BlockAttachment.BlockDevice(Path device) ? Optional.of(device) : Optional.empty());
  }

  Optional<NetworkAttachment.Tap> tap() {
    return network.flatMap(card -> card instanceof NetworkAttachment.Tap tap ? Optional.of(tap) : Optional.empty());
  }
}
