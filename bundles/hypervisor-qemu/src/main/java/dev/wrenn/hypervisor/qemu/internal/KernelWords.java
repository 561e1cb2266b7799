package dev.wrenn.hypervisor.qemu.internal;

import static dev.wrenn.spi.hypervisor.BootPlan.GuestKernel.HOST_TSC_KHZ;

import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of the command line that a kernel needs, whatever it boots: its own, and ours. A console is not among them, even if it
 * asks for one: it costs time at boot, and a hostile guest writes to it for ever.
 */
final class KernelWords {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private KernelWords() {}

  static List<String> of(GuestKernel kernel, String accelerator) throws IOException {
    List<String> words = new ArrayList<>();
    for (String word : kernel.arguments()) {
      if (!word.startsWith("console=") && !word.equals("quiet")) {
        words.add(word);
      }
    }
    if (accelerator.equals("tcg")) {
      for (String word : kernel.emulationArguments()) {
        words.add(word.contains(HOST_TSC_KHZ) ? word.replace(HOST_TSC_KHZ, Long.toString(hostTscKhz(Files.readAllLines(CPUINFO)))) : word);
      }
    }
    // A panic ends the process instead of turning in circles: -no-reboot makes an exit of a reboot.
    for (String word : List.of("panic=-1", "reboot=t", "random.trust_cpu=on")) {
      if (!words.contains(word)) {
        words.add(word);
      }
    }
    return words;
  }

  /** The kernel shows twice the MHz of the time stamp counter as BogoMIPS; the guest of an emulation sees the host's counter. */
  static long hostTscKhz(List<String> cpuinfo) throws IOException {
    for (String line : cpuinfo) {
      if (line.startsWith("bogomips")) {
        return Math.round(Double.parseDouble(line.substring(line.indexOf(':') + 1).strip()) * 500);
      }
    }
    throw new IOException(CPUINFO + " shows no bogomips, from which the guest's clock is set");
  }
}
