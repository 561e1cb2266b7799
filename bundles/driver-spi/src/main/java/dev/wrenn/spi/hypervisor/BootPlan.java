package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.nio.file.Path;
import java.util.List;

/**
 * All that a microVM starts from.
 *
 * @param id whom it is for
 * @param vcpus virtual processors, at least 1
 * @param memoryMib guest memory in MiB
 * @param kernel what is booted
 * @param root the guest's first disk
 * @param network the guest's only card
 * @param agentArguments words for the kernel's command line that the agent reads ({@code wrenn.…=…}); they hold no secret
 * @param limits what the microVM's process may take of the host
 */
public record BootPlan(
    PlanId id,
    int vcpus,
    int memoryMib,
    GuestKernel kernel,
    BlockAttachment root,
    NetworkAttachment network,
    List<String> agentArguments,
    Limits limits) {

  /**
   * @param image kernel file, uncompressed ELF or bzImage
   * @param initrd first file system, which holds the agent
   * @param machine what the kernel was built for: {@code microvm} or {@code q35}
   * @param version kernel version, for people
   * @param arguments words that this kernel wants on its command line under any accelerator ({@code cmdline} of its properties file)
   * @param emulationArguments words that it wants besides when its processor is emulated ({@code cmdline.emulation}); the driver puts
   *     the frequency of the host's time stamp counter in kHz where they say {@value #HOST_TSC_KHZ}
   */
  public record GuestKernel(
      Path image, Path initrd, String machine, String version, List<String> arguments, List<String> emulationArguments) {
    /** Stands for the frequency of the host's time stamp counter in kHz: half of the bogomips that /proc/cpuinfo shows. */
    public static final String HOST_TSC_KHZ = "@host_tsc_khz@";

    public GuestKernel {
      arguments = List.copyOf(arguments);
      emulationArguments = List.copyOf(emulationArguments);
    }
  }

  /**
   * @param cpuPercent share of one host processor in percent: 200 is two whole ones; 0 is no limit
   * @param memoryBytes memory of the whole process; 0 is no limit
   * @param pids threads and processes; 0 is no limit
   */
  public record Limits(int cpuPercent, long memoryBytes, int pids) {}
}
