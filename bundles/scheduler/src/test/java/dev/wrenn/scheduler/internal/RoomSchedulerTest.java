package dev.wrenn.scheduler.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.Scheduler;
import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RoomSchedulerTest {
  private final AtomicInteger memoryUsed = new AtomicInteger();
  private final List<String> listed = new CopyOnWriteArrayList<>();
  private final RoomScheduler scheduler = new RoomScheduler(config(), new LeastLoadedPolicy());

  @Test
  void noHostIsUnavailable() {
    assertEquals(HostException.Code.UNAVAILABLE, assertThrows(HostException.class, () -> scheduler.reserve(order(512))).code());
  }

  @Test
  void aMissingImageIsNotFoundAndNamesIt() {
    add("a", 1024, true);
    CapsuleOrder other = new CapsuleOrder("cl-x", "t", "other", 1, 512, 0, Duration.ZERO, "root", Map.of(), true);
    HostException refused = assertThrows(HostException.class, () -> scheduler.reserve(other));
    assertEquals(HostException.Code.NOT_FOUND, refused.code());
    assertTrue(refused.getMessage().contains("'other'"), refused.getMessage());
  }

  @Test
  void whatIsMissingIsSaid() {
    add("a", 1024, true);
    HostException refused = assertThrows(HostException.class, () -> scheduler.reserve(order(2048)));
    assertEquals(HostException.Code.NO_CAPACITY, refused.code());
    assertTrue(refused.getMessage().contains("1024 MiB of memory free, 2048 are asked for"), refused.getMessage());
  }

  @Test
  void parallelCreatesNeverShareRoom() throws Exception {
    add("a", 4096, true);
    AtomicInteger granted = new AtomicInteger();
    List<Callable<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      clients.add(() -> {
        try {
          scheduler.reserve(order(512));
          granted.incrementAndGet();
        } catch (HostException full) {
          assertEquals(HostException.Code.NO_CAPACITY, full.code());
        }
        return null;
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(clients)) {
        done.get();
      }
    }
    assertEquals(8, granted.get());
  }

  @Test
  void aClosedPromiseCountsUntilTheHostHasSpokenAgain() throws Exception {
    add("a", 512, true);
    Scheduler.Reservation held = scheduler.reserve(order(512));
    memoryUsed.set(512);
    held.close();
    held.close();
    HostException full = assertThrows(HostException.class, () -> scheduler.reserve(order(512)));
    assertEquals(HostException.Code.NO_CAPACITY, full.code());
  }

  @Test
  void aRefusedCreateGivesTheRoomBack() throws Exception {
    add("a", 512, true);
    scheduler.reserve(order(512)).close();
    scheduler.reserve(order(512)).close();
  }

  @Test
  void theEmptiestHostIsChosen() throws Exception {
    add("small", 1024, true);
    add("large", 8192, true);
    memoryUsed.set(256);
    assertEquals("large", scheduler.reserve(order(512)).hostId());
  }

  @Test
  void aHostThatTakesNothingIsLeftOut() {
    add("a", 1024, false);
    HostException refused = assertThrows(HostException.class, () -> scheduler.reserve(order(512)));
    assertTrue(refused.getMessage().contains("no usable hypervisor"), refused.getMessage());
    // It may take some in a moment, when its driver has been exchanged.
    assertEquals(HostException.Code.UNAVAILABLE, refused.code());
  }

  @Test
  void aCapsuleOnTheBooksOfItsHostIsNotCountedTwice() throws Exception {
    add("a", 1024, true);
    scheduler.reserve(order("cl-1"));
    // The host has begun with it, and counts it, while the promise is still open.
    memoryUsed.set(512);
    listed.add("cl-1");
    scheduler.reserve(order("cl-2"));
    HostException full = assertThrows(HostException.class, () -> scheduler.reserve(order("cl-3")));
    assertTrue(full.getMessage().contains("largest free: 0 MiB on host a"), full.getMessage());
  }

  @Test
  void promisesStandWhenTheAgentOfAHostIsExchanged() throws Exception {
    add("a", 1024, true);
    scheduler.reserve(order("cl-1"));
    add("a", 1024, true);
    scheduler.reserve(order("cl-2"));
    assertThrows(HostException.class, () -> scheduler.reserve(order("cl-3")));
  }

  @Test
  void aHostThatHangsHoldsUpNobodyElse() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    HostAgent hanging = (HostAgent) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {HostAgent.class}, (proxy, method, arguments) -> {
      hang.await();
      throw new IllegalStateException("too late");
    });
    scheduler.addHost(hanging, Map.of(HostAgent.ID, "hanging"));
    try {
      HostException silent = assertThrows(HostException.class, () -> scheduler.reserve(order(512)));
      assertEquals(HostException.Code.UNAVAILABLE, silent.code());
      assertTrue(silent.getMessage().contains("hanging doesn't answer"), silent.getMessage());
      add("b", 1024, true);
      assertEquals("b", scheduler.reserve(order(512)).hostId());
    } finally {
      hang.countDown();
    }
  }

  private void add(String id, int memory, boolean accepting) {
    HostAgent host = (HostAgent) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {HostAgent.class}, (proxy, method, arguments) -> {
      if (method.getName().equals("status")) {
        return new HostStatus(id, Instant.EPOCH, accepting, accepting ? List.of() : List.of("no usable hypervisor"), 64, 0, memory, memoryUsed.get(), 100_000, 0, 0,
            List.of(new HostStatus.Image("minimal", "x", 1, 1, Instant.EPOCH)), Map.of());
      }
      if (method.getName().equals("list")) {
        return listed.stream().map(capsule -> new HostedCapsule(order(capsule), HostedCapsule.State.STARTING, 1, Optional.empty(), Instant.EPOCH,
            Optional.empty(), Optional.empty(), Optional.empty(), List.of(), Map.of())).toList();
      }
      throw new UnsupportedOperationException(method.getName());
    });
    scheduler.addHost(host, Map.of(HostAgent.ID, id));
  }

  private static CapsuleOrder order(String capsule) {
    return new CapsuleOrder(capsule, "t", "minimal", 1, 512, 0, Duration.ZERO, "root", Map.of(), true);
  }

  private static CapsuleOrder order(int memory) {
    return new CapsuleOrder("cl-x", "t", "minimal", 1, memory, 0, Duration.ZERO, "root", Map.of(), true);
  }

  /** The host is asked for each reservation, so that the tests need no clock. */
  private static RoomScheduler.Config config() {
    return new RoomScheduler.Config() {
      @Override public long statusMaxAgeMillis() {
        return 0;
      }

      @Override public Class<? extends Annotation> annotationType() {
        return RoomScheduler.Config.class;
      }
    };
  }
}
