package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.MemorySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeedsTest {
  private Map<String, String> here;

  @BeforeEach
  void find() throws IOException {
    here = Needs.of(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg", "7.2.22 (Debian 1:7.2)", new KernelDigest());
  }

  private static RestorePlan plan(Map<String, String> saved) {
    return new RestorePlan(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), Plans.FILE, new SavedState(saved), new MemorySource.Image(Plans.FILE, 512 << 20));
  }

  @Test
  void aReleaseOfTheSameBranchWillDo() throws Exception {
    assertEquals("7.2", here.get("qemu"));
    Needs.check(plan(here), here);
    Needs.check(plan(here), Needs.of(Plans.plan("microvm", Plans.QCOW2, Plans.TAP), "tcg", "7.2.99", new KernelDigest()));
  }

  @ParameterizedTest
  @CsvSource({"driver,UNSUPPORTED", "format,UNSUPPORTED", "qemu,UNSUPPORTED", "cpu,UNSUPPORTED", "accelerator,UNSUPPORTED", "tsc_khz,UNSUPPORTED",
      "memory_mib,INVALID", "vcpus,INVALID", "kernel,INVALID", "machine,INVALID", "network,INVALID", "mac,INVALID", "address,INVALID"})
  void everythingElseIsRefusedWithItsName(String name, Code code) {
    Map<String, String> other = new TreeMap<>(here);
    other.put(name, "other");
    Map<String, String> without = new TreeMap<>(here);
    without.remove(name);
    for (Map<String, String> saved : List.of(other, without)) {
      DriverException refused = assertThrows(DriverException.class, () -> Needs.check(plan(saved), here));
      assertEquals(code, refused.code());
      assertTrue(refused.getMessage().contains(name) && refused.getMessage().contains(here.get(name)), refused.getMessage());
    }
  }

  @Test
  void aCounterThatWasMeasuredAnewWillDoAndAnotherMachinesWillNot() throws Exception {
    Map<String, String> saved = new TreeMap<>(here);
    saved.put("tsc_khz", "2100000");
    here.put("tsc_khz", "2100900");
    Needs.check(plan(saved), here);
    here.put("tsc_khz", "2400000");
    assertThrows(DriverException.class, () -> Needs.check(plan(saved), here));
  }

  @Test
  void aHandleKeepsThemAndAnOlderOneHasNone() {
    Handle handle = new Handle("hypervisor", "qemu", "1.0.0", Plans.ID, Needs.facts(here));
    assertEquals(Optional.of(new SavedState(here)), Needs.of(handle));
    assertEquals(Optional.empty(), Needs.of(new Handle("hypervisor", "qemu", "1.0.0", Plans.ID, Map.of("pid", "1", "machine", "microvm"))));
  }

  @Test
  void aKernelThatIsReplacedHasAnotherDigest(@TempDir Path place) throws IOException {
    KernelDigest digests = new KernelDigest();
    Path kernel = Files.writeString(place.resolve("kernel"), "abc");
    assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digests.of(kernel));
    Files.writeString(kernel, "abcd");
    assertNotEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digests.of(kernel));
  }
}
