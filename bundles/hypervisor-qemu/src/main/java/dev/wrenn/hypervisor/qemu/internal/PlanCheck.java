package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Refuses plans that can't work before anything is started, and words that would mean something else to QEMU or the kernel. */
final class PlanCheck {
  static final Set<String> ACCEPTED = Set.of("qcow2", "raw", "block", "tap", "user");

  private static final Pattern AGENT_WORD = Pattern.compile("wrenn\\.[!#-~]+");
  private static final Pattern DEVICE = Pattern.compile("[a-zA-Z0-9._-]{1,15}");
  private static final Pattern MAC = Pattern.compile("(?i)[0-9a-f]{2}(:[0-9a-f]{2}){5}");
  private static final int LONGEST_KERNEL_LINE = 1700;

  private final BootPlan plan;

  private PlanCheck(BootPlan plan) {
    this.plan = plan;
  }

  static void check(BootPlan plan) throws DriverException {
    new PlanCheck(plan).check();
  }

  /** @param accepted variants that the driver takes here and now */
  static void check(RestorePlan plan, Set<String> accepted) throws DriverException {
    if (!accepted.contains(plan.memory().variant())) {
      throw DriverException.of(Code.UNSUPPORTED, "plan", "QEMU can't take the memory of " + plan.id() + " as '" + plan.memory().variant()
          + "' here; it takes " + accepted + (plan.memory() instanceof MemorySource.Paged
          ? ". Paged memory needs " + FaultDescriptors.DEVICE + ": run the platform as root, or allow it to this user" : ""));
    }
    PlanCheck check = new PlanCheck(plan.machine());
    check.check();
    check.memory(plan);
  }

  private void memory(RestorePlan restored) throws DriverException {
    MemorySource memory = restored.memory();
    Path file = switch (memory) {
      case MemorySource.Image image -> image.file();
      case MemorySource.Paged paged -> paged.socket();
    };
    for (Path needed : List.of(restored.stateFile(), file)) {
      want(needed.isAbsolute() && !needed.toString().contains("\n"), "'" + needed + "' is no absolute path of one line");
      want(Files.exists(needed), "there is no " + needed);
    }
    want(memory.bytes() == (long) plan.memoryMib() << 20, "its memory is of " + memory.bytes() + " bytes and not of " + plan.memoryMib() + " MiB");
    try {
      want(!(memory instanceof MemorySource.Image) || Files.size(file) == memory.bytes(), "image " + file + " has not the size of the memory");
    } catch (IOException e) {
      throw Failures.io("plan", "The image of the memory of " + plan.id() + " can't be looked at", e);
    }
  }

  private void check() throws DriverException {
    for (String variant : List.of(plan.root().variant(), plan.network().variant())) {
      if (!ACCEPTED.contains(variant)) {
        throw DriverException.of(Code.UNSUPPORTED, "plan", "QEMU takes no '" + variant + "' for " + plan.id() + "; it takes " + ACCEPTED);
      }
    }
    want(plan.vcpus() >= 1 && plan.vcpus() <= 255, "vcpus are " + plan.vcpus() + ", not 1 to 255");
    want(plan.memoryMib() >= 32, "memory is " + plan.memoryMib() + " MiB, below 32");
    want(Set.of("microvm", "q35").contains(plan.kernel().machine()),
        "the kernel is for '" + plan.kernel().machine() + "', not microvm or q35");
    want(String.join(" ", plan.agentArguments()).length() <= LONGEST_KERNEL_LINE, "the words for the agent are too long for a kernel's command line");
    for (String word : plan.agentArguments()) {
      want(AGENT_WORD.matcher(word).matches(), "'" + word + "' is no word for the agent: it must begin with wrenn. and have no blanks or quotes");
    }
    network();
    for (Path file : files()) {
      want(file.isAbsolute() && !file.toString().contains("\n"), "'" + file + "' is no absolute path of one line");
      want(Files.exists(file), "there is no " + file);
    }
  }

  private void network() throws DriverException {
    try {
      Ipv4.ofCidr(plan.network().guest().cidr());
      Ipv4.ofCidr(plan.network().guest().gateway() + "/32");
      for (String resolver : plan.network().guest().dns()) {
        Ipv4.ofCidr(resolver + "/32");
      }
    } catch (IllegalArgumentException e) {
      want(false, e.getMessage());
    }
    switch (plan.network()) {
      case NetworkAttachment.Tap tap -> {
        want(DEVICE.matcher(tap.device()).matches(), "'" + tap.device() + "' is no name of a network device");
        want(MAC.matcher(tap.mac()).matches(), "'" + tap.mac() + "' is no MAC address");
      }
      case NetworkAttachment.UserMode user -> {
        want(MAC.matcher(user.mac()).matches(), "'" + user.mac() + "' is no MAC address");
        want(port(user.hostPort()) && port(user.guestPort()), "ports " + user.hostPort() + " and " + user.guestPort() + " are not 1 to 65535");
      }
    }
  }

  private static boolean port(int number) {
    return number >= 1 && number <= 65535;
  }

  private List<Path> files() {
    List<Path> files = new ArrayList<>(List.of(plan.kernel().image(), plan.kernel().initrd()));
    switch (plan.root()) {
      case BlockAttachment.BlockDevice block -> files.add(block.device());
      case BlockAttachment.RawFile raw -> files.add(raw.file());
      case BlockAttachment.Qcow2File qcow2 -> {
        files.add(qcow2.file());
        files.addAll(qcow2.backing());
      }
    }
    if (plan.network() instanceof NetworkAttachment.Tap tap) {
      files.add(tap.netns());
    }
    return files;
  }

  private void want(boolean right, String otherwise) throws DriverException {
    if (!right) {
      throw DriverException.of(Code.INVALID, "plan", "The plan of " + plan.id() + " is wrong: " + otherwise);
    }
  }
}
