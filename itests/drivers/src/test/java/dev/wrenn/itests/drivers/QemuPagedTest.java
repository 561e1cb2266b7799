package dev.wrenn.itests.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.tck.Expect;
import dev.wrenn.tck.hypervisor.FlatImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A confined guest whose memory another process delivers page by page. */
@EnabledIf("dev.wrenn.itests.drivers.TapRig#canRun")
class QemuPagedTest {
  private static final String DIGEST = "sha256sum < /dev/shm/mark";

  @TempDir private Path place;
  private TapGuests guests;
  private HypervisorDriver driver;

  @BeforeEach
  void open() throws IOException {
    guests = new TapGuests(place);
    driver = guests.open();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (int generation = 1; generation <= 3; generation++) {
      driver.discard(new PlanId("c1", generation), Expect.soon());
    }
    guests.close(driver);
    guests.close();
    assertEquals(Set.of(), guests.leftovers());
  }

  @AfterAll
  static void removeParents() throws IOException {
    QemuRig.removeParents();
  }

  @Test
  void aGuestRunsOnPagesOfAServerAndIsSavedFromThere() throws Exception {
    assertTrue(driver.accepts().contains("paged"), "there is no userfaultfd here");
    BootPlan plan = guests.plan(new PlanId("c1", 1));
    long bytes = (long) plan.memoryMib() << 20;
    MicroVm vm = driver.boot(plan, Expect.soon());
    String mark = guests.run(plan, "head -c 10M /dev/urandom > /dev/shm/mark; " + DIGEST);
    FlatImage first = FlatImage.empty(place.resolve("first"), bytes);
    SavedState saved = freezeAndSave(vm, "state-1", first);
    vm.kill(Expect.soon());

    Path socket = place.resolve("pages");
    BootPlan second = next(plan, 2);
    RestorePlan paged = new RestorePlan(second, place.resolve("state-1"), saved, new MemorySource.Paged(socket, bytes));
    Expect.failure(Code.INVALID, () -> driver.restore(paged, Expect.soon()));
    Process server = serve(socket, first.source().file());
    try {
      MicroVm restored = driver.restore(paged, Expect.soon());
      assertEquals(mark, guests.run(second, DIGEST));
      long lent = restored.reclaim(40 << 20, Expect.soon());
      assertTrue(lent > 0, "the guest lends nothing");
      restored.reclaim(0, Expect.soon());
      assertEquals(mark, guests.run(second, "head -c 30M /dev/zero > /dev/shm/more; rm /dev/shm/more; " + DIGEST));
      mark = guests.run(second, "head -c 10M /dev/urandom > /dev/shm/mark; " + DIGEST);
      FlatImage later = FlatImage.over(first, place.resolve("later"));
      SavedState again = freezeAndSave(restored, "state-2", later);
      restored.kill(Expect.soon());
      assertTrue(server.waitFor(10, TimeUnit.SECONDS), "the microVM is gone, and its page server waits for it");

      BootPlan third = next(plan, 3);
      MicroVm last = driver.restore(new RestorePlan(third, place.resolve("state-2"), again, later.source()), Expect.soon());
      assertEquals(mark, guests.run(third, DIGEST));
      last.kill(Expect.soon());
    } finally {
      server.destroyForcibly();
    }
  }

  private Process serve(Path socket, Path image) throws IOException {
    Path program = place.resolve("pages.py");
    try (var in = QemuPagedTest.class.getResourceAsStream("/pages.py")) {
      Files.copy(in, program);
    }
    Process server = new ProcessBuilder("python3", program.toString(), socket.toString(), image.toString())
        .redirectErrorStream(true).redirectOutput(place.resolve("pages.log").toFile()).start();
    TestNamespace.await("the page server", () -> Files.exists(socket));
    return server;
  }

  private SavedState freezeAndSave(MicroVm vm, String state, FlatImage memory) throws Exception {
    vm.freeze(Expect.soon());
    return vm.save(new SavePlan(place.resolve(state), memory), Expect.soon());
  }

  private static BootPlan next(BootPlan plan, int generation) {
    return new BootPlan(new PlanId("c1", generation), plan.vcpus(), plan.memoryMib(), plan.kernel(), plan.root(), plan.network(),
        plan.agentArguments(), plan.limits());
  }
}
