package dev.wrenn.tck.hypervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.tck.Expect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every hypervisor driver must do. A driver's test extends it, says how to open and close the driver, gives plans that really
 * boot, and looks from outside at what the driver has made.
 */
public abstract class HypervisorTck {
  private static final int MANY = 4;
  private static final BootPlan.Limits LIMITS = new BootPlan.Limits(150, 700L << 20, 100);

  private final Deque<HypervisorDriver> opened = new ArrayDeque<>();
  private HypervisorDriver driver;

  /** A new instance of the driver over the same place, as after an update or a crash. */
  protected abstract HypervisorDriver openInstance() throws Exception;

  /** Stops an instance as the framework does. */
  protected abstract void close(HypervisorDriver instance) throws Exception;

  /** A plan that boots, with a disk and a network of its own; the same for the same arguments. */
  protected abstract BootPlan plan(PlanId id, BootPlan.Limits limits) throws Exception;

  /** Waits until the agent in the guest of that plan answers, or fails. */
  protected abstract void awaitAgent(BootPlan plan, Deadline within) throws Exception;

  /** Ends the process of a microVM behind the driver's back, at once. */
  protected abstract void crash(Handle handle) throws Exception;

  /** The limits that the operating system really keeps; empty where the driver has not the rights to set any. */
  protected abstract Optional<BootPlan.Limits> limitsKept(Handle handle) throws Exception;

  /** Names of all that the driver has made and not removed: processes, directories, control groups … */
  protected abstract Set<String> leftovers() throws Exception;

  @BeforeEach
  void prepare() throws Exception {
    assertEquals(Set.of(), leftovers(), "left by an earlier test");
    driver = open();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    closeAll();
    assertEquals(Set.of(), leftovers(), "left behind");
  }

  @Test
  void probeSaysThatItWorksAndHow() throws Exception {
    Probe probe = driver.probe(Expect.soon());
    assertTrue(probe.usable(), probe.summary());
    assertFalse(probe.summary().isBlank());
    assertFalse(driver.name().isBlank() || driver.version().isBlank());
    assertFalse(driver.accepts().isEmpty());
  }

  @Test
  void aGuestBootsAndEndsWhenItIsKilled() throws Exception {
    BootPlan plan = plan("c1", 1);
    MicroVm vm = driver.boot(plan, Expect.soon());
    awaitAgent(plan, Expect.soon());
    assertRuns(vm);
    MicroVm.VmStats stats = vm.stats();
    assertTrue(stats.cpuNanos() > 0, stats::toString);
    assertTrue(stats.residentBytes() > 1 << 20, stats::toString);

    vm.kill(Expect.soon());
    assertFalse(exit(vm).reason().isBlank());
    assertEquals(Set.of(), leftovers());
    assertEquals(-1, vm.stats().residentBytes());
    vm.kill(Expect.soon());
  }

  @Test
  void samePlanTwiceGivesTheSameMicroVm() throws Exception {
    MicroVm first = driver.boot(plan("c1", 1), Expect.soon());
    MicroVm again = driver.boot(plan("c1", 1), Expect.soon());
    MicroVm elsewhere = open().boot(plan("c1", 1), Expect.soon());
    assertEquals(first.handle(), again.handle());
    assertEquals(first.handle(), elsewhere.handle());
    elsewhere.kill(Expect.soon());
    exit(first);
    exit(again);
  }

  @Test
  void anotherGenerationIsAConflictUntilTheFirstIsGone() throws Exception {
    MicroVm vm = driver.boot(plan("c1", 2), Expect.soon());
    Expect.failure(Code.CONFLICT, () -> driver.boot(plan("c1", 1), Expect.soon()));
    Expect.failure(Code.CONFLICT, () -> driver.boot(plan("c1", 3), Expect.soon()));
    assertRuns(vm);
    vm.kill(Expect.soon());
    driver.boot(plan("c1", 3), Expect.soon()).kill(Expect.soon());
  }

  @Test
  void aCrashIsPushedAndLeavesNothingAfterKill() throws Exception {
    MicroVm vm = driver.boot(plan("c1", 1), Expect.soon());
    assertFalse(vm.exited().toCompletableFuture().isDone());
    crash(vm.handle());
    assertFalse(exit(vm).reason().isBlank());
    vm.kill(Expect.soon());
  }

  @Test
  void aCapsuleThatCrashedCanBeBootedAnew() throws Exception {
    MicroVm first = driver.boot(plan("c1", 1), Expect.soon());
    crash(first.handle());
    exit(first);
    MicroVm second = driver.boot(plan("c1", 1), Expect.soon());
    assertNotEquals(first.handle(), second.handle());
    assertRuns(second);
    second.kill(Expect.soon());
  }

  @Test
  void microVmsOutliveTheInstanceThatMadeThem() throws Exception {
    BootPlan plan = plan("c1", 1);
    MicroVm made = driver.boot(plan, Expect.soon());
    closeAll();
    HypervisorDriver next = open();
    MicroVm adopted = next.adopt(made.handle(), Expect.soon());
    assertEquals(made.handle(), adopted.handle());
    assertRuns(adopted);
    awaitAgent(plan, Expect.soon());
    assertTrue(adopted.stats().residentBytes() > 0);

    crash(adopted.handle());
    assertFalse(exit(adopted).reason().isBlank());
    adopted.kill(Expect.soon());
  }

  @Test
  void whatCannotBeProvenIsGone() throws Exception {
    MicroVm vm = driver.boot(plan("c1", 1), Expect.soon());
    crash(vm.handle());
    exit(vm);
    Expect.failure(Code.GONE, () -> driver.adopt(vm.handle(), Expect.soon()));
    assertEquals(Set.of(), leftovers(), "adopt has left something of what it found gone");
    Expect.failure(Code.GONE, () -> driver.adopt(vm.handle(), Expect.soon()));
  }

  @Test
  void aHandleThatProvesNothingEndsWhatIsThere() throws Exception {
    Handle handle = driver.boot(plan("c1", 1), Expect.soon()).handle();
    Handle empty = new Handle(handle.kind(), handle.driver(), handle.driverVersion(), handle.id(), Map.of());
    Expect.failure(Code.GONE, () -> driver.adopt(empty, Expect.soon()));
  }

  @Test
  void discardEndsWhatAnotherInstanceMadeAndNothingElse() throws Exception {
    MicroVm vm = driver.boot(plan("c1", 2), Expect.soon());
    MicroVm neighbour = driver.boot(plan("c11", 2), Expect.soon());
    HypervisorDriver second = open();
    second.discard(new PlanId("c1", 1), Expect.soon());
    second.discard(new PlanId("never-made", 1), Expect.soon());
    assertRuns(vm);
    second.discard(new PlanId("c1", 2), Expect.soon());
    exit(vm);
    assertRuns(neighbour);
    neighbour.kill(Expect.soon());
  }

  @Test
  void timeThatIsUpIsATimeoutThatLeavesNothing() throws Exception {
    Expect.failure(Code.TIMEOUT, () -> driver.boot(plan("c1", 1), Expect.passed()));
    assertEquals(Set.of(), leftovers());
    Expect.failure(Code.TIMEOUT, () -> driver.boot(plan("c1", 1), Deadline.after(Duration.ofMillis(20))));
    assertEquals(Set.of(), leftovers());
    MicroVm vm = driver.boot(plan("c1", 2), Expect.soon());
    Expect.failure(Code.TIMEOUT, () -> driver.adopt(vm.handle(), Expect.passed()));
    Expect.failure(Code.TIMEOUT, () -> vm.kill(Expect.passed()));
    assertRuns(vm);
    vm.kill(Expect.soon());
  }

  @Test
  void anInterruptedBootLeavesNothing() throws Exception {
    BootPlan plan = plan("c1", 1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> boot = threads.submit(() -> {
        Thread.currentThread().interrupt();
        Expect.failure(Code.IO, () -> driver.boot(plan, Expect.soon()));
        return Thread.currentThread().isInterrupted();
      });
      assertTrue(boot.get(30, TimeUnit.SECONDS), "the interrupt was swallowed");
    }
  }

  @Test
  void badPlansAreRefused() throws Exception {
    BootPlan good = plan("c1", 1);
    BootPlan.GuestKernel noKernel = new BootPlan.GuestKernel(Path.of("/no/such/kernel"), good.kernel().initrd(), good.kernel().machine(), "none",
        List.of(), List.of());
    List<BootPlan> bad = List.of(
        new BootPlan(good.id(), 0, good.memoryMib(), good.kernel(), good.root(), good.network(), List.of(), LIMITS),
        new BootPlan(good.id(), 1, 0, good.kernel(), good.root(), good.network(), List.of(), LIMITS),
        new BootPlan(good.id(), 1, good.memoryMib(), noKernel, good.root(), good.network(), List.of(), LIMITS),
        new BootPlan(good.id(), 1, good.memoryMib(), good.kernel(), good.root(), good.network(), List.of("wrenn.x=1 init=/bin/sh"), LIMITS),
        new BootPlan(good.id(), 1, good.memoryMib(), good.kernel(), good.root(), good.network(), List.of("init=/bin/sh"), LIMITS));
    for (BootPlan plan : bad) {
      DriverException refused = Expect.failure(Code.INVALID, () -> driver.boot(plan, Expect.soon()));
      assertFalse(refused.retryable());
    }
  }

  @Test
  void limitsAreKeptByTheSystem() throws Exception {
    MicroVm vm = driver.boot(plan(new PlanId("c1", 1), LIMITS), Expect.soon());
    limitsKept(vm.handle()).ifPresent(kept -> assertEquals(LIMITS, kept));
    vm.kill(Expect.soon());
  }

  @Test
  void manyAreBootedAndEndedSideBySide() throws Exception {
    List<Callable<MicroVm>> boots = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      BootPlan plan = plan("many-" + i, 1);
      boots.add(() -> driver.boot(plan, Expect.soon()));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> ends = new ArrayList<>();
      for (Future<MicroVm> boot : threads.invokeAll(boots)) {
        MicroVm vm = boot.get();
        ends.add(() -> {
          vm.kill(Expect.soon());
          return null;
        });
      }
      for (Future<Void> end : threads.invokeAll(ends)) {
        end.get();
      }
    }
  }

  private static void assertRuns(MicroVm vm) throws DriverException {
    assertFalse(vm.exited().toCompletableFuture().isDone(), "it has ended");
    assertTrue(vm.stats().residentBytes() > 0, "it has no memory");
  }

  /** The contract gives the push of an end one second; a busy machine gets a little more. */
  private static MicroVm.VmExit exit(MicroVm vm) throws Exception {
    return vm.exited().toCompletableFuture().get(3, TimeUnit.SECONDS);
  }

  private BootPlan plan(String capsule, int generation) throws Exception {
    return plan(new PlanId(capsule, generation), LIMITS);
  }

  private HypervisorDriver open() throws Exception {
    HypervisorDriver instance = openInstance();
    opened.push(instance);
    return instance;
  }

  private void closeAll() throws Exception {
    while (!opened.isEmpty()) {
      close(opened.pop());
    }
  }
}
