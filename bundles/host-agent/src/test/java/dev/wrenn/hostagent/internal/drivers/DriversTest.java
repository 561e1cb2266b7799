package dev.wrenn.hostagent.internal.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import dev.wrenn.spi.storage.StorageDriver;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Which driver is chosen; these ones can say what they are, and make nothing. */
class DriversTest {
  private final CompletableFuture<Boolean> usable = CompletableFuture.completedFuture(true);

  @Test
  void usableComesBeforeRankingAndPairsMustFit() throws Exception {
    Drivers drivers = drivers(Map.of());
    Hyper better = new Hyper("better", Set.of("raw", "tap"), CompletableFuture.completedFuture(false));
    Hyper good = new Hyper("good", Set.of("raw", "tap"), usable);
    drivers.add(Kind.HYPERVISOR, better, 100);
    drivers.add(Kind.HYPERVISOR, good, 0);
    drivers.add(Kind.STORAGE, new Store("block", Set.of("block"), usable), 50);
    drivers.add(Kind.STORAGE, new Store("file", Set.of("raw"), usable), 0);
    drivers.add(Kind.NETWORK, new Net("tap", Set.of("tap"), usable), 0);
    assertEquals(Map.of("hypervisor", "good", "storage", "file", "network", "tap"), drivers.choose(soon()).names());
    drivers.remove(Kind.NETWORK, drivers.find(Kind.NETWORK, "tap").orElseThrow().driver());
    drivers.add(Kind.NETWORK, new Net("user", Set.of("user"), usable), 0);
    String gap = assertThrows(HostException.class, () -> drivers.choose(soon())).getMessage();
    assertTrue(gap.contains("'good'") && gap.contains("'user'"), gap);
  }

  @Test
  void aPreferredDriverComesFirstWhileItIsUsable() throws Exception {
    Drivers drivers = drivers(Map.of("hypervisor", "low"));
    drivers.add(Kind.HYPERVISOR, new Hyper("high", Set.of("raw", "tap"), usable), 100);
    drivers.add(Kind.HYPERVISOR, new Hyper("low", Set.of("raw", "tap"), usable), -100);
    drivers.add(Kind.STORAGE, new Store("file", Set.of("raw"), usable), 0);
    drivers.add(Kind.NETWORK, new Net("tap", Set.of("tap"), usable), 0);
    assertEquals("low", drivers.choose(soon()).hypervisor().name());
  }

  @Test
  void aChoiceWaitsForTheFirstProbeAndSaysWhatIsWrong() throws Exception {
    Drivers drivers = drivers(Map.of());
    CompletableFuture<Boolean> probing = new CompletableFuture<>();
    drivers.add(Kind.HYPERVISOR, new Hyper("slow", Set.of("raw", "tap"), probing), 0);
    drivers.add(Kind.STORAGE, new Store("file", Set.of("raw"), usable), 0);
    drivers.add(Kind.NETWORK, new Net("tap", Set.of("tap"), usable), 0);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Trio> choice = threads.submit(() -> drivers.choose(soon()));
      assertFalse(choice.isDone());
      probing.complete(false);
      Throwable why = assertThrows(Exception.class, choice::get).getCause();
      assertTrue(why.getMessage().contains("slow: can't"), why.getMessage());
    }
  }

  @Test
  void aDriverIsWaitedForABoundedTimeAndTheNewestOfANameIsUsed() throws Exception {
    Drivers drivers = drivers(Map.of());
    HostException none = assertThrows(HostException.class, () -> drivers.need(Kind.STORAGE, "file", soon()));
    assertEquals(HostException.Code.UNAVAILABLE, none.code());
    Store old = new Store("file", Set.of("raw"), usable);
    Store next = new Store("file", Set.of("raw"), usable);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<StorageDriver> needed = threads.submit(() -> drivers.need(Kind.STORAGE, "file", soon()));
      drivers.add(Kind.STORAGE, old, 0);
      assertSame(old, needed.get());
    }
    drivers.add(Kind.STORAGE, next, 0);
    assertSame(next, drivers.need(Kind.STORAGE, "file", soon()));
    drivers.remove(Kind.STORAGE, old);
    assertTrue(drivers.has(next) && !drivers.has(old));
  }

  private static Drivers drivers(Map<String, String> preferred) {
    return new Drivers(new Drivers.Settings(Duration.ofMillis(300), Duration.ofSeconds(5), Duration.ofSeconds(5), preferred));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  private interface Named extends Driver {
    CompletableFuture<Boolean> usable();

    @Override
    default String version() {
      return "1";
    }

    @Override
    default Probe probe(Deadline within) {
      return new Probe(usable().join(), "can't", Map.of());
    }

    @Override
    default void discard(PlanId id, Deadline within) {
      throw new UnsupportedOperationException();
    }
  }

  private record Hyper(String name, Set<String> accepts, CompletableFuture<Boolean> usable) implements HypervisorDriver, Named {
    @Override
    public MicroVm boot(BootPlan plan, Deadline within) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MicroVm adopt(Handle handle, Deadline within) {
      throw new UnsupportedOperationException();
    }
  }

  private record Store(String name, Set<String> offers, CompletableFuture<Boolean> usable) implements StorageDriver, Named {
    @Override
    public Disk create(DiskPlan plan, Deadline within) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Disk adopt(Handle handle, Deadline within) {
      throw new UnsupportedOperationException();
    }
  }

  private record Net(String name, Set<String> offers, CompletableFuture<Boolean> usable) implements NetworkDriver, Named {
    @Override
    public Network acquire(NetworkPlan plan, Deadline within) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Network adopt(Handle handle, Deadline within) {
      throw new UnsupportedOperationException();
    }
  }
}
