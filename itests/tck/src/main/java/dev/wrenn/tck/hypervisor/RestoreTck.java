package dev.wrenn.tck.hypervisor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.spi.memory.PageSink;
import dev.wrenn.tck.Expect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a hypervisor driver must do that names memory among what it accepts: freezing, saving, restoring, lending memory. A driver's
 * test extends it and brings a {@link RestoreRig}. Times that it takes are printed and never judged.
 */
public abstract class RestoreTck {
  private static final long MIB = 1 << 20;
  private static final String MARK = "/dev/shm/mark";
  private static final String DIGEST = "sha256sum < " + MARK;

  private final Deque<HypervisorDriver> opened = new ArrayDeque<>();
  @TempDir private Path scratch;
  private RestoreRig rig;
  private HypervisorDriver driver;
  private final Set<PlanId> used = new HashSet<>();
  private int files;

  /** A place of its own for one test. */
  protected abstract RestoreRig rig() throws Exception;

  /** A guest that was written down: its devices, its memory, and what it needs. */
  private record Saved(Path state, FlatImage memory, SavedState needs) {}

  @BeforeEach
  void prepare() throws Exception {
    rig = rig();
    assertEquals(Set.of(), rig.leftovers(), "left by an earlier test");
    driver = open();
    assertTrue(driver.accepts().contains("image"), () -> "it takes " + driver.accepts());
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    Set<String> left = rig.leftovers();
    // A test that failed amid its way must not spoil the next one.
    for (PlanId id : used) {
      driver.discard(id, Expect.soon());
    }
    closeAll();
    assertEquals(Set.of(), rig.leftovers(), "not even discarded");
    rig.close();
    assertEquals(Set.of(), left, "left behind");
  }

  @Test
  void aGuestGoesOnWhereItWasFrozen() throws Exception {
    BootPlan plan = plan();
    MicroVm vm = driver.boot(plan, Expect.soon());
    assertTrue(vm.canSave());
    String mark = rig.run(plan, "head -c 10M /dev/urandom > " + MARK + "; " + DIGEST + "; cat /proc/sys/kernel/random/boot_id");

    Saved saved = freezeAndSave(vm, null);
    vm.kill(Expect.soon());

    BootPlan next = next(plan, 2);
    long begun = System.nanoTime();
    MicroVm again = restore(next, saved);
    print("restore", begun);
    assertEquals(mark, rig.run(next, DIGEST + "; cat /proc/sys/kernel/random/boot_id"));
    print("restore until a process in the guest has ended", begun);
    assertTrue(again.canSave());
    assertNotEquals(vm.handle(), again.handle());
    again.kill(Expect.soon());
  }

  @Test
  void everyGenerationIsADifferenceToTheOneBefore() throws Exception {
    BootPlan plan = plan();
    MicroVm vm = driver.boot(plan, Expect.soon());
    String mark = rig.run(plan, "head -c 20M /dev/urandom > " + MARK + "; " + DIGEST);
    Saved saved = freezeAndSave(vm, null);
    vm.kill(Expect.soon());
    for (int generation = 2; generation <= 4; generation++) {
      BootPlan next = next(plan, generation);
      vm = restore(next, saved);
      assertEquals(mark, rig.run(next, DIGEST), "generation " + generation);
      // In place: pages that had contents are zero now, and others have new contents.
      mark = rig.run(next, "dd if=/dev/zero of=" + MARK + " bs=1M count=2 seek=" + 2 * generation + " conv=notrunc status=none; "
          + "dd if=/dev/urandom of=" + MARK + " bs=1M count=1 seek=" + 4 * generation + " conv=notrunc status=none; " + DIGEST);
      long begun = System.nanoTime();
      vm.freeze(Expect.soon());
      print("freeze, generation " + generation, begun);
      saved = save(vm, saved.memory());
      long named = saved.memory().dataBytes() + saved.memory().zeroBytes();
      assertTrue(saved.memory().zeroBytes() >= 2 * MIB, "pages that became zero are not named");
      assertTrue(named < (long) plan.memoryMib() * MIB / 2, named + " bytes are named: that is no difference");
      vm.kill(Expect.soon());
    }
    BootPlan last = next(plan, 5);
    vm = restore(last, saved);
    assertEquals(mark, rig.run(last, DIGEST));
    vm.kill(Expect.soon());
  }

  @Test
  void clonesNeverWriteToTheirImage() throws Exception {
    BootPlan plan = plan();
    MicroVm vm = driver.boot(plan, Expect.soon());
    String mark = rig.run(plan, "head -c 20M /dev/urandom > " + MARK + "; " + DIGEST);
    Saved saved = freezeAndSave(vm, null);
    BootPlan one = rig.copy(plan, used("one", 1));
    BootPlan two = rig.copy(plan, used("two", 1));
    vm.kill(Expect.soon());
    MemorySource image = saved.memory().source();
    String digest = saved.memory().digest();

    MicroVm first = driver.restore(new RestorePlan(one, saved.state(), saved.needs(), image), Expect.soon());
    MicroVm second = driver.restore(new RestorePlan(two, saved.state(), saved.needs(), image), Expect.soon());
    assertEquals(mark, rig.run(one, DIGEST));
    rig.run(one, "rm " + MARK + "; head -c 10M /dev/zero > /dev/shm/own");
    assertTrue(lent(first, 80 * MIB) >= 64 * MIB, "the guest lends nothing");
    assertEquals(mark, rig.run(two, DIGEST), "a clone sees what another one does");
    assertTrue(lent(second, 40 * MIB) >= 32 * MIB, "the guest lends nothing");
    assertEquals(0, lent(first, 0) / (2 * MIB));
    rig.run(one, "head -c 10M /dev/urandom > " + MARK);
    assertEquals(mark, rig.run(two, DIGEST));
    assertEquals(digest, saved.memory().digest(), "a clone has written to the image");
    first.kill(Expect.soon());
    second.kill(Expect.soon());
  }

  @Test
  void savingIsNoEnd() throws Exception {
    BootPlan plan = plan();
    MicroVm vm = driver.boot(plan, Expect.soon());
    String before = rig.run(plan, "head -c 5M /dev/urandom > " + MARK + "; " + DIGEST);
    vm.freeze(Expect.soon());
    vm.freeze(Expect.soon());
    Saved once = save(vm, null);
    Saved twice = save(open().adopt(vm.handle(), Expect.soon()), null);
    assertArrayEquals(Files.readAllBytes(once.state()), Files.readAllBytes(twice.state()));
    assertEquals(once.memory().digest(), twice.memory().digest());
    vm.thaw(Expect.soon());
    vm.thaw(Expect.soon());
    String after = rig.run(plan, "head -c 5M /dev/urandom > " + MARK + "; " + DIGEST);
    assertNotEquals(before, after);
    Saved later = freezeAndSave(vm, null);
    vm.kill(Expect.soon());

    BootPlan next = next(plan, 2);
    MicroVm again = restore(next, later);
    assertEquals(after, rig.run(next, DIGEST));
    again.kill(Expect.soon());
  }

  @Test
  void aRestoredMicroVmOutlivesTheInstanceThatRestoredIt() throws Exception {
    BootPlan plan = plan();
    Saved saved = bootAndSave(plan);
    BootPlan next = next(plan, 2);
    MicroVm restored = restore(next, saved);
    closeAll();
    driver = open();
    MicroVm adopted = driver.adopt(restored.handle(), Expect.soon());
    assertEquals(restored.handle(), adopted.handle());
    String mark = rig.run(next, "head -c 5M /dev/urandom > " + MARK + "; " + DIGEST);
    adopted.freeze(Expect.soon());
    closeAll();
    driver = open();
    MicroVm frozen = driver.adopt(adopted.handle(), Expect.soon());
    Saved later = save(frozen, saved.memory());
    frozen.kill(Expect.soon());
    BootPlan last = next(plan, 3);
    MicroVm again = restore(last, later);
    assertEquals(mark, rig.run(last, DIGEST));
    again.kill(Expect.soon());
  }

  @Test
  void theSamePlanTwiceGivesTheSameMicroVmThawed() throws Exception {
    BootPlan plan = plan();
    Saved saved = bootAndSave(plan);
    BootPlan next = next(plan, 2);
    MicroVm vm = restore(next, saved);
    vm.freeze(Expect.soon());
    assertEquals(vm.handle(), restore(next, saved).handle());
    assertFalse(rig.run(next, "echo runs").isBlank());
    Expect.failure(Code.CONFLICT, () -> restore(next(plan, 3), saved));
    vm.kill(Expect.soon());
  }

  @Test
  void whatDoesNotFitIsRefused() throws Exception {
    BootPlan plan = plan();
    Saved saved = bootAndSave(plan);
    MemorySource.Image image = saved.memory().source();
    BootPlan next = next(plan, 2);
    for (String name : saved.needs().needs().keySet()) {
      Map<String, String> other = new HashMap<>(saved.needs().needs());
      other.put(name, "7");
      DriverException refused = refused(new RestorePlan(next, saved.state(), new SavedState(other), image));
      assertTrue(refused.getMessage().contains(name) && refused.getMessage().contains("c1.2"), refused.getMessage());
    }
    refused(new RestorePlan(next, saved.state(), new SavedState(Map.of()), image));
    refused(new RestorePlan(next, scratch.resolve("absent"), saved.needs(), image));
    refused(new RestorePlan(next, saved.state(), saved.needs(), new MemorySource.Image(scratch.resolve("absent"), image.bytes())));
    refused(new RestorePlan(next, saved.state(), saved.needs(), new MemorySource.Image(saved.state(), image.bytes())));
    BootPlan larger = new BootPlan(next.id(), next.vcpus(), next.memoryMib() * 2, next.kernel(), next.root(), next.network(), List.of(), next.limits());
    refused(new RestorePlan(larger, saved.state(), saved.needs(), image));
    Path torn = Files.write(scratch.resolve("torn"), new byte[5000]);
    Expect.failure(Code.IO, () -> driver.restore(new RestorePlan(next, torn, saved.needs(), image), Expect.soon()));
    assertEquals(Set.of(), rig.leftovers());
    Expect.failure(Code.TIMEOUT, () -> driver.restore(new RestorePlan(next, saved.state(), saved.needs(), image), Deadline.after(Duration.ofMillis(20))));
    assertEquals(Set.of(), rig.leftovers());
  }

  private DriverException refused(RestorePlan plan) throws Exception {
    DriverException refused = assertThrows(DriverException.class, () -> driver.restore(plan, Expect.soon()));
    assertTrue(Set.of(Code.INVALID, Code.UNSUPPORTED).contains(refused.code()), () -> refused.code() + ": " + refused.getMessage());
    assertFalse(refused.retryable());
    assertEquals(Set.of(), rig.leftovers());
    return refused;
  }

  @Test
  void aSaveThatFailsLeavesTheGuestWhole() throws Exception {
    BootPlan plan = plan();
    MicroVm vm = driver.boot(plan, Expect.soon());
    String mark = rig.run(plan, "head -c 5M /dev/urandom > " + MARK + "; " + DIGEST);
    Path state = scratch.resolve("state");
    Expect.failure(Code.INVALID, () -> vm.save(new SavePlan(state, new Full()), Expect.soon()));
    vm.freeze(Expect.soon());
    Expect.failure(Code.NO_CAPACITY, () -> vm.save(new SavePlan(state, new Full()), Expect.soon()));
    assertFalse(Files.exists(state));
    Expect.failure(Code.TIMEOUT, () -> vm.save(new SavePlan(state, new Full()), Expect.passed()));
    Expect.failure(Code.TIMEOUT, () -> vm.thaw(Expect.passed()));
    Expect.failure(Code.INVALID, () -> vm.save(new SavePlan(scratch, new Full()), Expect.soon()));
    Expect.failure(Code.INVALID, () -> vm.save(new SavePlan(scratch.resolve("no/state"), new Full()), Expect.soon()));
    save(vm, null);
    vm.thaw(Expect.soon());
    Expect.failure(Code.TIMEOUT, () -> vm.freeze(Expect.passed()));
    assertEquals(mark, rig.run(plan, DIGEST));
    rig.crash(vm.handle());
    vm.exited().toCompletableFuture().get(3, TimeUnit.SECONDS);
    Expect.failure(Code.GONE, () -> vm.freeze(Expect.soon()));
    Expect.failure(Code.GONE, () -> vm.save(new SavePlan(state, new Full()), Expect.soon()));
    vm.kill(Expect.soon());
  }

  /** A file system without room. */
  private static final class Full implements PageSink {
    @Override
    public void data(long offset, ByteBuffer pages) throws IOException {
      throw new IOException("No space left on device");
    }

    @Override
    public void zero(long offset, long length) throws IOException {
      throw new IOException("No space left on device");
    }
  }

  @Test
  void aGuestLendsMemoryAndGetsItBack() throws Exception {
    BootPlan plan = plan();
    MicroVm vm = driver.boot(plan, Expect.soon());
    rig.run(plan, "head -c 80M /dev/zero > " + MARK + "; rm " + MARK);
    long memory = (long) plan.memoryMib() * MIB;
    assertTrue(lent(vm, 100 * MIB) >= 90 * MIB, "the guest lends nothing");
    Expect.failure(Code.INVALID, () -> vm.reclaim(-1, Expect.soon()));
    Expect.failure(Code.INVALID, () -> vm.reclaim(memory, Expect.soon()));
    Saved saved = freezeAndSave(vm, null);
    assertTrue(saved.memory().dataBytes() < memory - 90 * MIB, saved.memory().dataBytes() + " bytes are saved, and the host has 100 MiB of them");
    Expect.failure(Code.INVALID, () -> vm.reclaim(MIB, Expect.soon()));
    vm.reclaim(0, Expect.soon());
    vm.kill(Expect.soon());

    BootPlan next = next(plan, 2);
    MicroVm again = restore(next, saved);
    assertEquals(0, lent(again, 0) / (2 * MIB));
    rig.run(next, "head -c 80M /dev/zero > " + MARK + "; cmp -n 83886080 " + MARK + " /dev/zero");
    again.kill(Expect.soon());
  }

  /** Asks again when a busy machine kept the guest from getting on. */
  private static long lent(MicroVm vm, long bytes) throws DriverException {
    long lent = vm.reclaim(bytes, Expect.soon());
    for (int i = 0; i < 20 && Math.abs(lent - bytes) > 2 * MIB; i++) {
      lent = vm.reclaim(bytes, Expect.soon());
    }
    return lent;
  }

  private Saved bootAndSave(BootPlan plan) throws Exception {
    MicroVm vm = driver.boot(plan, Expect.soon());
    rig.run(plan, "true");
    Saved saved = freezeAndSave(vm, null);
    vm.kill(Expect.soon());
    return saved;
  }

  private Saved freezeAndSave(MicroVm vm, FlatImage base) throws Exception {
    vm.freeze(Expect.soon());
    return save(vm, base);
  }

  private Saved save(MicroVm vm, FlatImage base) throws Exception {
    Path state = scratch.resolve("state-" + ++files);
    Path file = scratch.resolve("memory-" + files);
    long bytes = rig.plan(vm.handle().id()).memoryMib() * MIB;
    try (FlatImage image = base == null ? FlatImage.empty(file, bytes) : FlatImage.over(base, file)) {
      long begun = System.nanoTime();
      SavedState needs = vm.save(new SavePlan(state, image), Expect.soon());
      print("save, " + image.dataBytes() / MIB + " MiB data and " + image.zeroBytes() / MIB + " MiB zeros", begun);
      assertTrue(Files.size(state) > 0 && Files.size(state) < 4 * MIB, Files.size(state) + " bytes of state: memory is among them");
      return new Saved(state, image, needs);
    }
  }

  private MicroVm restore(BootPlan plan, Saved saved) throws Exception {
    return driver.restore(new RestorePlan(plan, saved.state(), saved.needs(), saved.memory().source()), Expect.soon());
  }

  private BootPlan plan() throws Exception {
    return rig.plan(used("c1", 1));
  }

  private PlanId used(String capsule, int generation) {
    PlanId id = new PlanId(capsule, generation);
    used.add(id);
    return id;
  }

  /** The same capsule's next life, with the same disk. */
  private BootPlan next(BootPlan plan, int generation) {
    return new BootPlan(used(plan.id().capsule(), generation), plan.vcpus(), plan.memoryMib(), plan.kernel(), plan.root(), plan.network(),
        plan.agentArguments(), plan.limits());
  }

  private static void print(String what, long begun) {
    System.out.printf("    %s: %d ms%n", what, (System.nanoTime() - begun) / 1_000_000);
  }

  private HypervisorDriver open() throws Exception {
    HypervisorDriver instance = rig.open();
    opened.push(instance);
    return instance;
  }

  private void closeAll() throws Exception {
    while (!opened.isEmpty()) {
      rig.close(opened.pop());
    }
  }
}
