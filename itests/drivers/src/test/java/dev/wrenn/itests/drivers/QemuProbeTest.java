package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.hypervisor.qemu.internal.QemuHypervisor;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Probe;
import dev.wrenn.tck.Expect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The probe boots real guests, and believes nothing else. */
class QemuProbeTest {
  private static final Duration LIMIT = Duration.ofSeconds(8);

  @TempDir private Path place;

  private QemuRig rig() throws IOException {
    return new QemuRig(place, TapRig.canRun());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals(Set.of(), rig().leftovers());
    QemuRig.removeParents();
  }

  @Test
  void whatDoesNotBootUnderKvmIsEmulatedAndThatIsRemembered() throws Exception {
    Probe found = probeOf("auto", LIMIT);
    assertTrue(found.usable(), found.summary());
    if (!"kvm".equals(found.facts().get("accelerator"))) {
      assertEquals("tcg", found.facts().get("accelerator"));
      assertTrue(found.summary().contains(found.facts().get("kvm.reason")), found.summary());
      assertFalse(found.facts().get("kvm.reason").isBlank());
    }
    assertTrue(Long.parseLong(found.facts().get(found.facts().get("accelerator") + ".boot_ms")) > 0);

    Path memory = rig().vms().resolve("probe.json");
    Object written = Files.getLastModifiedTime(memory);
    QemuHypervisor restarted = rig().open("auto", LIMIT);
    try {
      assertEquals(found, restarted.probe(Expect.soon()));
      assertEquals(written, Files.getLastModifiedTime(memory), "a restart booted guests again");
      assertTrue(restarted.probe(Expect.soon()).usable());
      assertNotEquals(written, Files.getLastModifiedTime(memory), "asked again, it did not look again");
    } finally {
      restarted.close();
    }
  }

  @Test
  void aGuestThatIsTooSlowProvesNothing() throws Exception {
    Probe found = probeOf("tcg", Duration.ofMillis(50));
    assertFalse(found.usable());
    assertFalse(found.facts().get("tcg.reason").isBlank());
    assertFalse(found.facts().containsKey("accelerator"));
  }

  @Test
  void theCallersDeadlineIsNoFinding() throws Exception {
    QemuHypervisor driver = rig().open("tcg", LIMIT);
    try {
      Expect.failure(Code.TIMEOUT, () -> driver.probe(Deadline.after(Duration.ofMillis(100))));
      assertFalse(Files.exists(rig().vms().resolve("probe.json")));
      assertTrue(driver.probe(Expect.soon()).usable());
    } finally {
      driver.close();
    }
  }

  private Probe probeOf(String accelerator, Duration limit) throws Exception {
    QemuHypervisor driver = rig().open(accelerator, limit);
    try {
      Probe probe = driver.probe(Expect.soon());
      System.out.println(probe);
      return probe;
    } finally {
      driver.close();
    }
  }
}
