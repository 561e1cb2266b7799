package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
}
