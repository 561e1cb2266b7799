package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.Command;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Finds out how guests run here: by KVM if one boots under it, else by emulation if one boots so. */
final class Prober {
  private static final Path KVM = Path.of("/dev/kvm");

  private final Settings settings;
  private final ProbeGuest guest;
  private final Packed preload;

  Prober(Settings settings, ProbeGuest guest, Packed preload) {
    this.settings = settings;
    this.guest = guest;
    this.preload = preload;
  }

  private Path file() {
    return settings.directory().resolve("probe.json");
  }

  /** What an earlier probe found under the same circumstances. */
  Optional<Findings> remembered() throws DriverException {
    try {
      return Findings.read(file(), circumstances());
    } catch (IOException e) {
      throw Failures.io("probe", "What the last probe found can't be read", e);
    }
  }

  /** Boots guests, whatever is remembered, and remembers success. A failure may be over at the next start, so that looks again. */
  Findings probe(Deadline within) throws DriverException {
    guest.discardOrphans(within);
    Map<String, String> facts = new TreeMap<>();
    Findings findings = new Findings(circumstances(), findOut(facts, within));
    try {
      if (findings.probe().usable()) {
        findings.write(file());
      } else {
        Files.deleteIfExists(file());
      }
    } catch (IOException e) {
      throw Failures.io("probe", "What the probe found could not be kept in " + file(), e);
    }
    return findings;
  }

  /** The kernel that the probe boots: as a rule the one of capsules, too. */
  Path kernel() throws DriverException {
    return guest.kernel().image();
  }

  private Probe findOut(Map<String, String> facts, Deadline within) throws DriverException {
    facts.put("confined", settings.confined() ? "full" : "seccomp-only");
    facts.put("saves", preload.present() ? "yes" : "no: this bundle was built without its preloaded library; run scripts/build.sh");
    settings.cgroups().reason().ifPresent(reason -> facts.put("cgroups.reason", reason));
    if (settings.binary().isEmpty()) {
      return new Probe(false, settings.binaryName() + " is not installed; install QEMU, or set binary of " + QemuHypervisor.PID, facts);
    }
    facts.put("qemu.version", version(within));
    BootPlan.GuestKernel kernel;
    try {
      kernel = guest.kernel();
    } catch (DriverException e) {
      return new Probe(false, e.getMessage(), facts);
    }
    facts.put("probe.kernel", kernel.version());
    String trouble = "";
    for (String accelerator : settings.accelerator().equals("auto") ? List.of("kvm", "tcg") : List.of(settings.accelerator())) {
      Optional<String> reason = tried(kernel, accelerator, facts, within);
      if (reason.isEmpty()) {
        facts.put("accelerator", accelerator);
        return new Probe(true, summary(accelerator, facts) + trouble, facts);
      }
      facts.put(accelerator + ".reason", reason.get());
      trouble += "; " + accelerator.toUpperCase(java.util.Locale.ROOT) + " is not used: " + reason.get();
    }
    return new Probe(false, "QEMU " + facts.get("qemu.version") + " can't run a guest here" + trouble, facts);
  }

  /** @return why guests don't run so; empty when one did */
  private Optional<String> tried(BootPlan.GuestKernel kernel, String accelerator, Map<String, String> facts, Deadline within) throws DriverException {
    if (accelerator.equals("kvm") && !Files.exists(KVM)) {
      return Optional.of("this machine has no " + KVM);
    }
    if (accelerator.equals("kvm") && !(Files.isReadable(KVM) && Files.isWritable(KVM))) {
      return Optional.of("this user may not open " + KVM);
    }
    long begun = System.nanoTime();
    try {
      guest.boot(kernel, accelerator, within);
      facts.put(accelerator + ".boot_ms", Long.toString((System.nanoTime() - begun) / 1_000_000));
      return Optional.empty();
    } catch (DriverException e) {
      within.check("probe with " + accelerator);
      return Optional.of(accelerator.equals("kvm") ? KVM + " is there but a guest did not boot: " + e.getMessage() : e.getMessage());
    }
  }

  private String summary(String accelerator, Map<String, String> facts) {
    String how = accelerator.equals("kvm") ? "runs guests by KVM" : "runs guests by emulation (TCG)";
    String safe = settings.confined() ? ", each confined to a user, namespaces and a control group of its own"
        : ", with the rights of this user and without limits: it is not root";
    return "QEMU " + facts.get("qemu.version") + " " + how + safe;
  }

  private String version(Deadline within) throws DriverException {
    try {
      String said = Command.of(settings.binary().orElseThrow().toString(), "--version").within(within.remaining()).run().stdout();
      return said.lines().findFirst().orElse("").replace("QEMU emulator version ", "");
    } catch (IOException e) {
      within.check("qemu --version");
      throw Failures.io("probe", "QEMU does not tell its version", e);
    }
  }

  /** Everything that another outcome could come from. */
  String circumstances() throws DriverException {
    try {
      StringBuilder all = new StringBuilder(settings.accelerator() + " " + settings.confined() + " " + settings.probeLimit()
          + " " + System.getProperty("os.version") + " " + Files.isWritable(KVM) + " " + settings.cgroups().reason().orElse("") + " " + preload.name());
      for (Path file : settings.binary().isEmpty() ? List.<Path>of() : List.of(settings.binary().get(),
          settings.probeGuest().resolve("kernel/kernel.properties"), settings.probeGuest().resolve("initrd.cpio"))) {
        all.append(' ').append(file).append(' ');
        all.append(Files.exists(file) ? Files.size(file) + "@" + Files.getLastModifiedTime(file) : "missing");
      }
      return all.toString();
    } catch (IOException e) {
      throw Failures.io("probe", "QEMU or the probe's guest can't be looked at", e);
    }
  }
}
