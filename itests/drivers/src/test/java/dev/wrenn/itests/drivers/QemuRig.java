package dev.wrenn.itests.drivers;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.hypervisor.qemu.internal.Settings;
import dev.wrenn.linux.Cgroups;
import dev.wrenn.linux.Command;
import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/** A place in which QEMU runs the guest that the build made, with disks of its own, and a look at all that the driver makes there. */
final class QemuRig {
  static final Path GUEST = Path.of(System.getenv().getOrDefault("WRENN_GUEST", "../../kernel-and-rootfs/target/guest"))
      .toAbsolutePath().normalize();
  private static final Path IMAGE = GUEST.resolve("images/minimal/rootfs.ext4");
  private static final String CGROUP = "wrenn-tck";
  private static final int UID_BASE = 2_100_000;
  private static final int AGENT_PORT = 49_983;
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(12);

  private final Path place;
  private final boolean confined;

  QemuRig(Path place, boolean confined) {
    this.place = place;
    this.confined = confined;
    if (!Files.exists(GUEST.resolve("kernel/kernel.properties")) || !Files.exists(IMAGE)) {
      throw new AssertionError("There is no guest in " + GUEST + ": build it with kernel-and-rootfs/build.sh, or set WRENN_GUEST");
    }
  }

  /** KVM is for the driver's own tests of the probe, so that these do not wait for it. */
  QemuHypervisor open() throws IOException {
    return open("tcg", PROBE_LIMIT);
  }

  QemuHypervisor open(String accelerator, Duration probeLimit) throws IOException {
    return new QemuHypervisor(new Settings("1.0.0", vms(), Optional.of(Path.of("/usr/bin/qemu-system-x86_64")), "qemu-system-x86_64", accelerator,
        GUEST, probeLimit, UID_BASE, 100, Cgroups.find(CGROUP), confined));
  }

  BootPlan plan(PlanId id, BootPlan.Limits limits, NetworkAttachment network) throws IOException {
    Path disk = place.resolve(id + ".qcow2");
    if (!Files.exists(disk)) {
      Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", IMAGE.toString(), disk.toString()).run();
    }
    List<String> words = List.of("wrenn.hostname=" + id.capsule(), "wrenn.token=" + AgentText.TOKEN_HASH, "wrenn.port=" + AGENT_PORT);
    return new BootPlan(id, 1, 256, kernel(), new BlockAttachment.Qcow2File(disk, List.of(IMAGE)), network, words, limits);
  }

  private static BootPlan.GuestKernel kernel() throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(GUEST.resolve("kernel/kernel.properties"))) {
      properties.load(reader);
    }
    return new BootPlan.GuestKernel(GUEST.resolve("kernel").resolve(properties.getProperty("file")), GUEST.resolve("initrd.cpio"),
        properties.getProperty("machine"), properties.getProperty("version"),
        List.of(properties.getProperty("cmdline").split(" ")), List.of(properties.getProperty("cmdline.emulation", "").split(" ")));
  }

  /** A plan for another capsule with that network, whose disk is a copy of what the first one's holds. */
  BootPlan copy(BootPlan plan, PlanId id, NetworkAttachment network) throws IOException {
    Path from = ((BlockAttachment.Qcow2File) plan.root()).file();
    Files.copy(from, place.resolve(id + ".qcow2"));
    return plan(id, plan.limits(), network);
  }

  static void crash(Handle handle) throws IOException {
    ProcessId process = new ProcessId(Long.parseLong(handle.facts().get("pid")), Long.parseLong(handle.facts().get("startTicks")));
    if (!process.signal(ProcessId.SIGKILL)) {
      throw new AssertionError("There was no process to crash: " + handle);
    }
  }

  Set<String> leftovers() throws IOException {
    Set<String> left = new TreeSet<>();
    if (Files.exists(vms())) {
      try (var all = Files.list(vms())) {
        all.filter(Files::isDirectory).map(Path::toString).forEach(left::add);
      }
    }
    for (Path file : Cgroups.find(CGROUP).group("any").joinFiles()) {
      Path parent = file.getParent().getParent();
      if (Files.exists(parent)) {
        try (var all = Files.list(parent)) {
          all.filter(Files::isDirectory).map(Path::toString).forEach(left::add);
        }
      }
    }
    ProcessHandle.allProcesses().filter(p -> p.info().arguments().map(a -> String.join(" ", a).contains(vms().toString())).orElse(false))
        .map(p -> "process " + p.pid()).forEach(left::add);
    return left;
  }

  /** Removes the parents of control groups, which belong to the administrator's configuration and stay otherwise. */
  static void removeParents() throws IOException {
    for (Path file : Cgroups.find(CGROUP).group("any").joinFiles()) {
      Files.deleteIfExists(file.getParent().getParent());
    }
  }

  Path vms() {
    return place.resolve("v");
  }
}
