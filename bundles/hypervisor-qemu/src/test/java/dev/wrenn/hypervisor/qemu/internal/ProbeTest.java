package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import dev.wrenn.linux.Cgroups;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be found out without a guest; real guests are booted by the driver's kit and its probe tests. */
class ProbeTest {
  @TempDir private Path place;

  private QemuHypervisor driver(Optional<Path> binary, Path guest) throws IOException {
    return new QemuHypervisor(new Settings("1.0.0", place.resolve("v"), binary, "qemu-of-this-test", "auto", guest, Duration.ofSeconds(1), 2_200_000, 10,
        Cgroups.find("wrenn-unit"), false));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  @Test
  void withoutQemuNothingIsUsableAndBootSaysSo() throws Exception {
    QemuHypervisor driver = driver(Optional.empty(), place);
    try {
      Probe probe = driver.probe(soon());
      assertFalse(probe.usable());
      assertTrue(probe.summary().contains("qemu-of-this-test is not installed"), probe.summary());
      DriverException refused = assertThrows(DriverException.class, () -> driver.boot(Plans.plan("microvm", Plans.QCOW2, Plans.user(false)), soon()));
      assertEquals(DriverException.Code.UNSUPPORTED, refused.code());
    } finally {
      driver.close();
    }
  }

  @Test
  void withoutAGuestToBootNothingIsClaimed() throws Exception {
    QemuHypervisor driver = driver(Optional.of(Path.of("/bin/echo")), place);
    try {
      Probe probe = driver.probe(soon());
      assertFalse(probe.usable());
      assertTrue(probe.summary().contains("kernel.properties"), probe.summary());
    } finally {
      driver.close();
    }
  }

  @Test
  void findingsHoldOnlyForTheirCircumstances() throws IOException {
    Path file = place.resolve("deep/probe.json");
    Findings found = new Findings("here and now", new Probe(true, "works", Map.of("accelerator", "tcg", "kvm.reason", "'quoted' \"words\"")));
    assertEquals(Optional.empty(), Findings.read(file, "here and now"));
    found.write(file);
    assertEquals(Optional.of(found), Findings.read(file, "here and now"));
    assertEquals(Optional.empty(), Findings.read(file, "after an update"));
    Files.writeString(file, "{ half");
    assertEquals(Optional.empty(), Findings.read(file, "here and now"));
  }
}
