package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.spi.storage.BlockAttachment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandLineTest {
  private static final CapsuleDirectory DIRECTORY = CapsuleDirectory.of(Path.of("/v,m"), Plans.ID);

  private static List<String> line(BootPlan plan, String accelerator) throws IOException {
    return CommandLine.of(Path.of("/usr/bin/qemu"), Guest.of(plan, accelerator, Optional.empty()), DIRECTORY, true);
  }

  /** What follows the option; it must be there once. */
  private static String after(List<String> line, String option) {
    assertEquals(line.indexOf(option), line.lastIndexOf(option), option + " more than once in " + line);
    return line.get(line.indexOf(option) + 1);
  }

  @Test
  void aMicrovmHasDevicesWithoutABus() throws IOException {
    List<String> line = line(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg");
    assertTrue(after(line, "-M").startsWith("microvm,"), line::toString);
    assertTrue(line.contains("virtio-net-device,netdev=net,mac=02:fc:00:00:00:05"), line::toString);
    assertTrue(line.stream().noneMatch(word -> word.contains("-pci")));
    assertEquals("tcg,thread=single,tb-size=128", after(line, "-accel"));
    assertEquals("2", after(line, "-smp"));
    assertEquals("512M", after(line, "-m"));
    assertEquals("wrenn-c1.1", after(line, "-name"));
  }

  @Test
  void memoryComesFromAFileThatTheLibraryStandsInFor() throws IOException {
    List<String> line = line(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg");
    assertTrue(after(line, "-M").endsWith(",memory-backend=ram"), line::toString);
    assertTrue(line.contains("memory-backend-file,id=ram,share=on,align=2097152,size=512M,mem-path=/v,,m/c1.1/ram"), line::toString);
    assertFalse(line.contains("-incoming"));
  }

  @Test
  void withoutTheLibraryQemuTakesItsOwn() throws IOException {
    Guest guest = Guest.of(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg", Optional.empty());
    List<String> line = CommandLine.of(Path.of("/usr/bin/qemu"), guest, DIRECTORY, false);
    assertTrue(line.stream().noneMatch(word -> word.contains("memory-backend")), line::toString);
  }

  @Test
  void aRestoredGuestWaitsForItsState() throws IOException {
    Origin origin = new Origin(Plans.FILE, new MemorySource.Image(Plans.FILE, 512 << 20), 0);
    Guest guest = Guest.of(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg", Optional.of(origin));
    assertEquals("defer", after(CommandLine.of(Path.of("/usr/bin/qemu"), guest, DIRECTORY, true), "-incoming"));
  }

  @Test
  void aQ35HasPciDevices() throws IOException {
    List<String> line = line(Plans.plan("q35", Plans.QCOW2, Plans.TAP), "kvm");
    assertTrue(after(line, "-M").startsWith("q35,"));
    assertTrue(line.contains("virtio-blk-pci,drive=root,write-cache=on"), line::toString);
    assertEquals("host", after(line, "-cpu"));
  }

  @Test
  void theSandboxForbidsEverythingThatQemuCanForbid() throws IOException {
    assertEquals("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        after(line(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg"), "-sandbox"));
  }

  @Test
  void withoutEgressTheUserModeNetworkIsRestricted() throws IOException {
    String closed = after(line(Plans.plan("microvm", Plans.QCOW2, Plans.user(false)), "tcg"), "-netdev");
    assertEquals("user,id=net,ipv6=off,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,restrict=on,hostfwd=tcp:127.0.0.1:4711-10.0.2.15:49983", closed);
    String open = after(line(Plans.plan("microvm", Plans.QCOW2, Plans.user(true)), "tcg"), "-netdev");
    assertTrue(open.contains("restrict=off"), open);
  }

  @Test
  void aCommaInAPathDoesNotEndIt() throws IOException {
    BootPlan plan = Plans.plan("microvm", new BlockAttachment.RawFile(Path.of("/d,x\"y")), Plans.TAP);
    List<String> line = line(plan, "tcg");
    assertTrue(after(line, "-blockdev").contains("\"filename\":\"/d,x\\\"y\""), line::toString);
    assertTrue(line.contains("socket,id=qmp,server=on,wait=off,path=/v,,m/c1.1/qmp"), line::toString);
  }

  @Test
  void everyKindOfDiskHasItsDriver() throws IOException {
    assertTrue(after(line(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg"), "-blockdev").contains("\"driver\":\"qcow2\""));
    String device = after(line(Plans.plan("microvm", new BlockAttachment.BlockDevice(Path.of("/dev/dm-1")), Plans.TAP), "tcg"), "-blockdev");
    assertTrue(device.contains("\"driver\":\"host_device\",\"filename\":\"/dev/dm-1\""), device);
  }

  @Test
  void theKernelGetsItsOwnWordsThenOursThenTheAgents() throws IOException {
    String words = after(line(Plans.plan("microvm", Plans.QCOW2, Plans.TAP, "wrenn.port=1"), "tcg"), "-append");
    assertTrue(words.matches("reboot=t pci=off tsc_early_khz=\\d+ panic=-1 random.trust_cpu=on quiet wrenn.root=/dev/vda wrenn.ip=10.0.2.15/24 "
        + "wrenn.gw=10.0.2.2 wrenn.dns=10.0.2.3,9.9.9.9 wrenn.port=1"), words);
    assertFalse(after(line(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "kvm"), "-append").contains("tsc_early"));
  }

  @Test
  void theHostsCounterIsHalfOfTheBogomips() throws IOException {
    assertEquals(2_100_000, KernelWords.hostTscKhz(List.of("processor : 0", "bogomips\t: 4200.00")));
    assertThrows(IOException.class, () -> KernelWords.hostTscKhz(List.of("processor : 0")));
  }
}
