package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.persistence.internal.PostgresServer;
import dev.wrenn.persistence.internal.TestDatabases;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two control planes on one database, each connected to the same host. */
class PostgresTwoControlPlanesTest {
  private static PostgresServer server;
  private final FakeHost host = new FakeHost();
  private TestPlatform one;
  private TestPlatform other;
  private Caller ann;

  @BeforeAll
  static void up() throws Exception {
    server = PostgresServer.start();
  }

  @AfterAll
  static void down() throws Exception {
    server.close();
  }

  @BeforeEach
  void start() throws Exception {
    String name = "two" + UUID.randomUUID().toString().replace("-", "");
    one = new TestPlatform(TestDatabases.store(server, name), host, new TestPlatform.Config(90));
    other = new TestPlatform(TestDatabases.store(server, name), host, new TestPlatform.Config(90));
    ann = one.team();
  }

  @AfterEach
  void stop() throws Exception {
    one.close();
    other.close();
  }

  @Test
  void undoNoWorkOfALivingOneAndAllOfADeadOne() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    host.beforeCreate = order -> {
      begun.countDown();
      try {
        if (!go.await(60, TimeUnit.SECONDS)) {
          throw new HostException(HostException.Code.TIMEOUT, "test", "nobody went on");
        }
      } catch (InterruptedException e) {
        throw new HostException(HostException.Code.FAILED, "test", "interrupted", e);
      }
    };
    until("both are known to be alive", () -> one.store().leases().holders(Instant.now()).containsAll(Set.of(one.ledger.self(), other.ledger.self())));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Capsule> create = threads.submit(() -> one.capsules.create(ann, DEFAULTS, Optional.empty()));
      begun.await();
      String id = other.capsules.list(ann, false).getFirst().id();
      // Comparisons of the other one, in which it could have been undone.
      CountDownLatch compared = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        other.hosts.listen((h, c) -> { }, h -> compared.countDown());
        other.connect(host);
      }
      assertTrue(compared.await(30, TimeUnit.SECONDS));
      assertEquals(CapsuleStatus.STARTING, other.capsules.get(ann, id).status());
      // As if the first one had died a minute ago; what it still does is too late then.
      one.reconciler.stop();
      one.store().leases().hold(one.ledger.self(), Instant.now().minusSeconds(1));
      until("the other one has undone it", () -> other.capsules.get(ann, id).status() == CapsuleStatus.ERROR);
      go.countDown();
      until("the late one has been told", create::isDone);
      assertEquals(Future.State.FAILED, create.state());
      until("the host has let it go", host.capsules::isEmpty);
    }
  }

  @Test
  void seeWhatTheOtherOneDoes() throws Exception {
    String id = one.capsules.create(ann, DEFAULTS, Optional.of("name")).id();
    assertEquals(id, other.capsules.create(ann, DEFAULTS, Optional.of("name")).id());
    assertEquals(one.ports.tokens(ann, id), other.ports.tokens(ann, id));
    one.capsules.endAt(ann, id, Instant.now().plusMillis(100));
    until("it has stopped for both", () -> other.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
    until("its ports are shut for both", () -> {
      refused(Code.INVALID_STATE, () -> one.ports.open(id, 80, Optional.empty()));
      try {
        other.ports.open(id, 80, Optional.empty());
        return false;
      } catch (dev.wrenn.platform.PlatformException e) {
        return e.code() == Code.INVALID_STATE;
      }
    });
  }

  @Test
  void listAtOnceWhatTheOtherOneHasChanged() throws Exception {
    for (int i = 0; i < 20; i++) {
      String id = one.capsules.create(ann, DEFAULTS, Optional.empty()).id();
      assertEquals(one.capsules.list(ann, false), other.capsules.list(ann, false));
      assertEquals(id, other.capsules.list(ann, false).getFirst().id());
      other.capsules.destroy(ann, id);
      assertEquals(List.of(), one.capsules.list(ann, false));
    }
  }

  @Test
  void keepALimitTogether() throws Exception {
    one.limits.set(TestPlatform.admin(ann), ann.teamId(), new TeamLimits(4, 4096, 1000, 60, 3, 100, 100_000));
    List<Callable<Capsule>> creates = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      creates.add(() -> one.capsules.create(ann, DEFAULTS, Optional.empty()));
      creates.add(() -> other.capsules.create(ann, DEFAULTS, Optional.empty()));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertEquals(3, threads.invokeAll(creates).stream().filter(done -> done.state() == Future.State.SUCCESS).count());
    }
  }

  @Test
  void takeEachSampleOnce() throws Exception {
    one.sampler.stop();
    other.sampler.stop();
    one.capsules.create(ann, DEFAULTS, Optional.empty());
    Instant at = Instant.now().plusSeconds(100);
    List<Callable<Boolean>> tries = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      tries.add(() -> one.sampler.sample(at));
      tries.add(() -> other.sampler.sample(at));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
      assertEquals(1, threads.invokeAll(tries).stream().filter(Future::resultNow).count());
    }
    List<Callable<Boolean>> together = List.of(() -> one.sampler.sample(at.plusSeconds(10)), () -> other.sampler.sample(at.plusSeconds(10)));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertEquals(1, threads.invokeAll(together).stream().filter(Future::resultNow).count());
    }
    assertFalse(one.metrics.team(ann, "5m").series().isEmpty());
  }
}
