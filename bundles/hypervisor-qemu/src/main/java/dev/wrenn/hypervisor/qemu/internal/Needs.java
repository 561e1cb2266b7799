package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a saved microVM needs of a machine to go on there. It is found out when the microVM is started and kept in its handle, for a kernel
 * file may be another one by the time that it is saved.
 */
final class Needs {
  /** Goes up whenever a guest would find other devices than before, or the state file is written in another way. */
  private static final String FORMAT = "1";
  private static final String IN_HANDLE = "needs.";
  private static final Set<String> OF_THIS_MACHINE = Set.of(SavedState.DRIVER, SavedState.FORMAT, "accelerator", "cpu", "qemu", "tsc_khz");
  private static final Pattern BRANCH = Pattern.compile("\\d+\\.\\d+");
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  // The kernel measures the counter anew at each start, and not to the last digit.
  private static final double CLOCK_TOLERANCE = 0.001;

  private Needs() {}

  /** @param qemu what QEMU calls its version; releases of one branch read each other's states */
  static Map<String, String> of(BootPlan plan, String accelerator, String qemu, KernelDigest digests) throws IOException {
    List<String> cpuinfo = Files.readAllLines(CPUINFO);
    Map<String, String> needs = new TreeMap<>();
    needs.put(SavedState.DRIVER, QemuHypervisor.NAME);
    needs.put(SavedState.FORMAT, FORMAT);
    needs.put(SavedState.MEMORY_MIB, Integer.toString(plan.memoryMib()));
    needs.put(SavedState.VCPUS, Integer.toString(plan.vcpus()));
    needs.put("accelerator", accelerator);
    needs.put("cpu", accelerator.equals("kvm") ? "host: " + processor(cpuinfo) : "max");
    needs.put("qemu", branch(qemu));
    needs.put("tsc_khz", Long.toString(KernelWords.hostTscKhz(cpuinfo)));
    needs.put("machine", plan.kernel().machine());
    needs.put("kernel", digests.of(plan.kernel().image()));
    needs.put("network", plan.network().variant());
    needs.put("mac", mac(plan));
    needs.put("address", plan.network().guest().cidr());
    return needs;
  }

  private static String mac(BootPlan plan) {
    return switch (plan.network()) {
      case NetworkAttachment.Tap tap -> tap.mac();
      case NetworkAttachment.UserMode user -> user.mac();
    };
  }

  private static String branch(String version) {
    Matcher branch = BRANCH.matcher(version);
    return branch.lookingAt() ? branch.group() : version;
  }

  /** Model and stepping: a guest that was shown the host's processor finds the same one nowhere else. */
  private static String processor(List<String> cpuinfo) {
    StringBuilder words = new StringBuilder();
    for (String name : List.of("model name", "cpu family", "model\t", "stepping")) {
      cpuinfo.stream().filter(line -> line.startsWith(name)).findFirst()
          .ifPresent(line -> words.append(words.isEmpty() ? "" : "/").append(line.substring(line.indexOf(':') + 1).strip()));
    }
    return words.toString();
  }

  static Map<String, String> facts(Map<String, String> needs) {
    Map<String, String> facts = new TreeMap<>();
    needs.forEach((name, value) -> facts.put(IN_HANDLE + name, value));
    return facts;
  }

  /** Empty for a microVM that was started without a private memory, or by a version that knew nothing of saving. */
  static Optional<SavedState> of(Handle handle) {
    Map<String, String> needs = new TreeMap<>();
    handle.facts().forEach((name, value) -> {
      if (name.startsWith(IN_HANDLE)) {
        needs.put(name.substring(IN_HANDLE.length()), value);
      }
    });
    return needs.isEmpty() ? Optional.empty() : Optional.of(new SavedState(needs));
  }

  /** @param here what a microVM of that plan would need if it were booted here and now */
  static void check(RestorePlan plan, Map<String, String> here) throws DriverException {
    Map<String, String> saved = plan.saved().needs();
    for (String name : here.keySet()) {
      String wanted = saved.getOrDefault(name, "(not said)");
      if (!matches(name, wanted, here.get(name))) {
        throw DriverException.of(OF_THIS_MACHINE.contains(name) ? Code.UNSUPPORTED : Code.INVALID, "restore", "The saved state of " + plan.id()
            + " does not fit: it needs " + name + " '" + wanted + "', and here is '" + here.get(name) + "'. Restore it where it was saved"
            + " and as it was, or create the capsule anew");
      }
    }
  }

  private static boolean matches(String name, String wanted, String found) {
    if (name.equals("tsc_khz") && wanted.matches("\\d{1,12}")) {
      return Math.abs(Long.parseLong(wanted) - Long.parseLong(found)) <= Long.parseLong(wanted) * CLOCK_TOLERANCE;
    }
    return wanted.equals(found);
  }
}
