package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanCheckTest {
  @Test
  void takesWhatIsRight() throws DriverException {
    PlanCheck.check(Plans.plan("microvm", Plans.QCOW2, Plans.TAP, "wrenn.hostname=c1", "wrenn.port=49983"));
    PlanCheck.check(Plans.plan("q35", new BlockAttachment.RawFile(Plans.FILE), Plans.user(true)));
  }

  static Stream<BootPlan> wrong() {
    NetworkAttachment.GuestAddress address = Plans.ADDRESS;
    return Stream.of(
        Plans.plan("pc", Plans.QCOW2, Plans.TAP),
        Plans.plan("microvm", Plans.QCOW2, Plans.TAP, "init=/bin/sh"),
        Plans.plan("microvm", Plans.QCOW2, Plans.TAP, "wrenn.x=1 init=/bin/sh"),
        Plans.plan("microvm", Plans.QCOW2, Plans.TAP, "wrenn.x=\"1"),
        Plans.plan("microvm", Plans.QCOW2, Plans.TAP, "wrenn.x=" + "x".repeat(2000)),
        Plans.plan("microvm", new BlockAttachment.RawFile(Path.of("/no/such/disk")), Plans.TAP),
        Plans.plan("microvm", new BlockAttachment.RawFile(Path.of("etc/hostname")), Plans.TAP),
        Plans.plan("microvm", new BlockAttachment.Qcow2File(Plans.FILE, List.of(Path.of("/no/such/image"))), Plans.TAP),
        Plans.plan("microvm", Plans.QCOW2, new NetworkAttachment.Tap(Path.of("/no/such/netns"), "tap0", "02:fc:00:00:00:05", 7, address)),
        Plans.plan("microvm", Plans.QCOW2, new NetworkAttachment.Tap(Plans.FILE, "tap0,script=/bin/sh", "02:fc:00:00:00:05", 7, address)),
        Plans.plan("microvm", Plans.QCOW2, new NetworkAttachment.Tap(Plans.FILE, "tap0", "02:fc", 7, address)),
        Plans.plan("microvm", Plans.QCOW2, new NetworkAttachment.UserMode(0, 1, "02:fc:00:00:00:05", true, address)),
        Plans.plan("microvm", Plans.QCOW2, new NetworkAttachment.UserMode(1, 1, "02:fc:00:00:00:05", true,
            new NetworkAttachment.GuestAddress("10.0.2.15/24", "10.0.2.2,restrict=off", List.of()))));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void refusesWhatIsWrong(BootPlan plan) {
    DriverException refused = assertThrows(DriverException.class, () -> PlanCheck.check(plan));
    assertEquals(DriverException.Code.INVALID, refused.code());
    assertTrue(refused.getMessage().contains("c1.1"), refused.getMessage());
  }

  private static RestorePlan restore(Path state, MemorySource memory) {
    return new RestorePlan(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), state, new SavedState(Map.of()), memory);
  }

  @Test
  void memoryThatIsNotPermittedHereIsRefusedWithWhatToDo() {
    RestorePlan plan = restore(Plans.FILE, new MemorySource.Paged(Plans.FILE, 512 << 20));
    DriverException refused = assertThrows(DriverException.class, () -> PlanCheck.check(plan, Set.of("image")));
    assertEquals(DriverException.Code.UNSUPPORTED, refused.code());
    assertTrue(refused.getMessage().contains("userfaultfd") && refused.getMessage().contains("c1.1"), refused.getMessage());
  }

  @Test
  void aRestoreNeedsItsFilesInTheRightSize(@TempDir Path place) throws Exception {
    Path image = place.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(512 << 20);
    }
    Set<String> accepted = Set.of("image", "paged");
    PlanCheck.check(restore(Plans.FILE, new MemorySource.Image(image, 512 << 20)), accepted);
    for (RestorePlan wrong : List.of(
        restore(Path.of("/no/such/state"), new MemorySource.Image(image, 512 << 20)),
        restore(Path.of("etc/hostname"), new MemorySource.Image(image, 512 << 20)),
        restore(Plans.FILE, new MemorySource.Image(Plans.FILE, 512 << 20)),
        restore(Plans.FILE, new MemorySource.Image(image, 256 << 20)),
        restore(Plans.FILE, new MemorySource.Paged(Path.of("/no/such/socket"), 512 << 20)))) {
      DriverException refused = assertThrows(DriverException.class, () -> PlanCheck.check(wrong, accepted));
      assertEquals(DriverException.Code.INVALID, refused.code());
    }
  }
}
