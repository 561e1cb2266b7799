package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class CapsuleUseCasesTest {
  private static final Optional<String> UNNAMED = Optional.empty();
  private static final Optional<String> NAMED = Optional.of("request 1");
  @TempDir Path directory;
  private TestPlatform platform;
  private FakeHost host;
  private Caller ann;

  @BeforeEach
  void start() throws Exception {
    host = new FakeHost();
    platform = new TestPlatform(directory, host);
    ann = platform.team();
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
  }

  private static PlatformException refused(Code code, Executable call) {
    PlatformException told = assertThrows(PlatformException.class, call);
    assertEquals(code, told.code(), told.getMessage());
    return told;
  }

  private static NewCapsule asking(String template, Integer vcpus, Integer memory, Integer timeout, Integer disk) {
    return new NewCapsule(Optional.ofNullable(template), Optional.ofNullable(vcpus), Optional.ofNullable(memory), Optional.ofNullable(timeout),
        Optional.ofNullable(disk));
  }

  @Test
  void makesACapsuleWithAllItsFacts() throws Exception {
    Capsule made = platform.capsules.create(ann, DEFAULTS, UNNAMED);
    assertEquals(CapsuleStatus.RUNNING, made.status());
    assertEquals("minimal", made.template());
    assertEquals(1, made.vcpus());
    assertEquals(512, made.memoryMb());
    assertEquals(0, made.timeoutSec());
    assertEquals(Optional.of("h1"), made.hostId());
    assertEquals(Optional.of("10.11.0.2"), made.hostIp());
    assertTrue(made.startedAt().isPresent() && made.lastActiveAt().isPresent());
    assertEquals("6.1", made.metadata().get("kernel_version"));
    assertEquals(List.of("schedule", "boot"), made.steps().stream().map(Capsule.Step::name).toList());
    assertEquals(made.id(), platform.capsules.get(ann, made.id()).id());
    assertEquals(List.of(made.id()), platform.capsules.list(ann, false).stream().map(Capsule::id).toList());
  }

  @Test
  void givesTheSameListUntilSomethingHasChanged() throws Exception {
    Caller bob = platform.team();
    String first = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    until("nothing changes any more", () -> platform.capsules.list(ann, false) == platform.capsules.list(ann, false));
    List<Capsule> one = platform.capsules.list(ann, false);
    String second = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    assertEquals(List.of(second, first), platform.capsules.list(ann, false).stream().map(Capsule::id).toList());
    assertEquals(List.of(first), one.stream().map(Capsule::id).toList());
    assertEquals(List.of(), platform.capsules.list(bob, false));
    platform.capsules.endAt(ann, first, java.time.Instant.now().plusSeconds(1000));
    assertTrue(platform.capsules.list(ann, false).getLast().endAt().isPresent());
    platform.capsules.destroy(ann, second);
    assertEquals(List.of(first), platform.capsules.list(ann, false).stream().map(Capsule::id).toList());
    assertEquals(CapsuleStatus.STOPPED, platform.capsules.get(ann, second).status());
  }

  @Test
  void listsWhatAnotherDatabaseHas(@TempDir Path other) throws Exception {
    String here = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    assertEquals(1, platform.capsules.list(ann, false).size());
    platform.capsules.get(ann, here);
    java.nio.file.Files.createDirectories(other.resolve("db"));
    try (var next = dev.wrenn.persistence.internal.TestDatabases.store(other)) {
      platform.ledger.unbindStore(platform.store());
      platform.ledger.bindStore(next.store());
      assertEquals(List.of(), platform.capsules.list(ann, false));
      refused(Code.NOT_FOUND, () -> platform.capsules.get(ann, here));
      platform.ledger.unbindStore(next.store());
    }
  }

  @Test
  void takesTheDefaultForNothingAndSaysTheBoundsOfTooMuch() throws Exception {
    Capsule made = platform.capsules.create(ann, asking("minimal", 0, -1, -5, null), UNNAMED);
    assertEquals(List.of(1, 512, 0), List.of(made.vcpus(), made.memoryMb(), made.timeoutSec()));
    assertTrue(refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, asking(null, 33, null, null, null), UNNAMED)).getMessage()
        .contains("between 1 and 32"));
    assertTrue(refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, asking(null, null, 127, null, null), UNNAMED)).getMessage()
        .contains("between 128 and 65536"));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, asking(null, null, 65_537, null, null), UNNAMED));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, asking(null, null, null, null, 102_401), UNNAMED));
    for (String bad : List.of("", "-x", "a b", "x/y", "x".repeat(65))) {
      refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, asking(bad, null, null, null, null), UNNAMED));
    }
    assertTrue(refused(Code.NOT_FOUND, () -> platform.capsules.create(ann, asking("other", null, null, null, null), UNNAMED)).getMessage()
        .contains("there are: minimal"));
    assertEquals(1, platform.capsules.list(ann, true).size());
  }

  @Test
  void keepsAFailedOneWithItsReasonAndNamesIt() throws Exception {
    host.beforeCreate = order -> {
      throw new HostException(HostException.Code.FAILED, "boot", "the kernel panicked");
    };
    PlatformException told = refused(Code.AGENT_ERROR, () -> platform.capsules.create(ann, DEFAULTS, UNNAMED));
    Capsule failed = platform.capsules.list(ann, true).getFirst();
    assertTrue(told.getMessage().contains(failed.id()), told.getMessage());
    assertEquals(CapsuleStatus.ERROR, failed.status());
    assertEquals(Optional.of(new Capsule.Reason("boot", "the kernel panicked")), failed.reason());
    assertEquals(List.of(), platform.capsules.list(ann, false));
  }

  @Test
  void undoesACapsuleWhoseAnswerWasLost() throws Exception {
    host.afterCreate = order -> {
      throw new HostException(HostException.Code.TIMEOUT, "agent", "no answer");
    };
    refused(Code.AGENT_ERROR, () -> platform.capsules.create(ann, DEFAULTS, UNNAMED));
    until("the host has let it go", host.capsules::isEmpty);
    assertEquals(CapsuleStatus.ERROR, platform.capsules.list(ann, true).getFirst().status());
  }

  @Test
  void goesOnWithoutWhoeverAsked() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    host.beforeCreate = order -> {
      begun.countDown();
      await(go);
    };
    CompletableFuture<Throwable> told = new CompletableFuture<>();
    Thread caller = Thread.ofVirtual().start(() -> {
      try {
        platform.capsules.create(ann, DEFAULTS, UNNAMED);
        told.complete(null);
      } catch (PlatformException e) {
        told.complete(e);
      }
    });
    begun.await();
    caller.interrupt();
    assertEquals(Code.UNAVAILABLE, ((PlatformException) told.get(5, TimeUnit.SECONDS)).code());
    go.countDown();
    until("it runs", () -> platform.capsules.list(ann, false).getFirst().status() == CapsuleStatus.RUNNING);
  }

  private static void await(CountDownLatch latch) throws HostException {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new HostException(HostException.Code.TIMEOUT, "test", "nobody went on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(HostException.Code.FAILED, "test", "interrupted", e);
    }
  }

  @Test
  void answersANamedRequestOnceForAll() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Capsule>> all = threads.invokeAll(Collections.nCopies(20, () -> platform.capsules.create(ann, DEFAULTS, NAMED)));
      Set<String> ids = new HashSet<>();
      for (Future<Capsule> one : all) {
        assertEquals(CapsuleStatus.RUNNING, one.get().status());
        ids.add(one.get().id());
      }
      assertEquals(1, ids.size());
      assertEquals(1, host.creates.get());
      assertEquals(ids, new HashSet<>(platform.capsules.list(ann, true).stream().map(Capsule::id).toList()));
    }
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, asking(null, 2, null, null, null), NAMED));
    assertNotEquals(platform.capsules.create(ann, DEFAULTS, NAMED).id(), platform.capsules.create(platform.team(), DEFAULTS, NAMED).id());
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, DEFAULTS, Optional.of(" ")));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, DEFAULTS, Optional.of("x".repeat(256))));
  }

  @Test
  void triesANamedRequestAgainThatFailed() throws Exception {
    host.beforeCreate = order -> {
      throw new HostException(HostException.Code.NO_CAPACITY, "admit", "full");
    };
    refused(Code.NO_HOSTS_AVAILABLE, () -> platform.capsules.create(ann, DEFAULTS, NAMED));
    host.beforeCreate = order -> { };
    Capsule made = platform.capsules.create(ann, DEFAULTS, NAMED);
    assertEquals(made.id(), platform.capsules.create(ann, DEFAULTS, NAMED).id());
    assertEquals(2, platform.capsules.list(ann, true).size());
  }

  @Test
  void endsACapsuleAsOftenAsAsked() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    platform.capsules.destroy(ann, id);
    platform.capsules.destroy(ann, id);
    assertEquals(CapsuleStatus.STOPPED, platform.capsules.get(ann, id).status());
    assertTrue(host.capsules.isEmpty());
    assertEquals(List.of(), platform.capsules.list(ann, false));
    assertTrue(refused(Code.INVALID_STATE, () -> platform.capsules.ping(ann, id)).getMessage().contains("is stopped, not running"));
    refused(Code.INVALID_STATE, () -> platform.capsules.processes(ann, id));
  }

  @Test
  void endsACapsuleThatIsBeingMade() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    host.beforeCreate = order -> {
      begun.countDown();
      await(go);
    };
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Capsule> create = threads.submit(() -> platform.capsules.create(ann, DEFAULTS, UNNAMED));
      begun.await();
      String id = platform.capsules.list(ann, false).getFirst().id();
      platform.capsules.destroy(ann, id);
      go.countDown();
      until("the create has ended", create::isDone);
      assertEquals(Code.INVALID_STATE, ((PlatformException) create.exceptionNow()).code());
      until("nothing is left on the host", host.capsules::isEmpty);
      assertEquals(CapsuleStatus.STOPPED, platform.capsules.get(ann, id).status());
    }
  }

  @Test
  void keepsTheWishToEndForAHostThatIsAway() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    platform.disconnect(host);
    refused(Code.HOST_UNAVAILABLE, () -> platform.capsules.destroy(ann, id));
    refused(Code.HOST_UNAVAILABLE, () -> platform.capsules.destroy(ann, id));
    assertEquals(CapsuleStatus.STOPPING, platform.capsules.get(ann, id).status());
    platform.connect(host);
    until("it has stopped", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
    assertTrue(host.capsules.isEmpty());
  }

  @Test
  void carriesOutAnEndThatFailed() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    host.onDestroy = new HostException(HostException.Code.FAILED, "network", "busy");
    refused(Code.AGENT_ERROR, () -> platform.capsules.destroy(ann, id));
    host.onDestroy = null;
    until("it has stopped", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
  }

  @Test
  void showsATeamItsOwnOnly() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    Caller bob = platform.team();
    refused(Code.NOT_FOUND, () -> platform.capsules.get(bob, id));
    refused(Code.NOT_FOUND, () -> platform.capsules.destroy(bob, id));
    refused(Code.NOT_FOUND, () -> platform.capsules.ping(bob, id));
    refused(Code.NOT_FOUND, () -> platform.capsules.processes(bob, id));
    assertEquals(List.of(), platform.capsules.list(bob, true));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.get(ann, "cl-nonsense"));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.destroy(ann, id.toUpperCase()));
  }

  @Test
  void pingsTheHostAndSaysWhenItIsAway() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    platform.capsules.ping(ann, id);
    assertEquals(1, host.touches.get());
    platform.disconnect(host);
    refused(Code.HOST_UNAVAILABLE, () -> platform.capsules.ping(ann, id));
  }

  @Test
  void asksTheNextHostAgentWhenOneIsExchangedUnderACreate() throws Exception {
    FakeHost next = new FakeHost();
    host.beforeCreate = order -> {
      platform.connect(next);
      platform.disconnect(host);
      throw new HostException(HostException.Code.UNAVAILABLE, "agent", "this host is going down");
    };
    assertEquals(CapsuleStatus.RUNNING, platform.capsules.create(ann, DEFAULTS, UNNAMED).status());
    assertEquals(1, next.capsules.size());
    assertEquals(0, host.watched());
  }

  @Test
  void waitsALittleForAHostThatIsBeingUpdated() throws Exception {
    platform.disconnect(host);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Capsule> create = threads.submit(() -> platform.capsules.create(ann, DEFAULTS, UNNAMED));
      until("it has begun", () -> !platform.capsules.list(ann, false).isEmpty());
      platform.connect(host);
      assertEquals(CapsuleStatus.RUNNING, create.get(10, TimeUnit.SECONDS).status());
    }
    platform.disconnect(host);
    refused(Code.NO_HOSTS_AVAILABLE, () -> platform.capsules.create(ann, DEFAULTS, UNNAMED));
  }

  @Test
  void tellsWatchersOfTheTeamEachStepInOrder() throws Exception {
    List<Capsule> seen = new CopyOnWriteArrayList<>();
    List<Capsule> others = new CopyOnWriteArrayList<>();
    try (AutoCloseable watching = platform.capsules.watch(ann, seen::add); AutoCloseable other = platform.capsules.watch(platform.team(), others::add)) {
      String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
      platform.capsules.destroy(ann, id);
      until("the end is told", () -> !seen.isEmpty() && seen.getLast().status() == CapsuleStatus.STOPPED);
      List<Long> versions = seen.stream().map(Capsule::version).toList();
      assertEquals(versions.stream().sorted().distinct().toList(), versions);
      assertEquals(List.of(), others);
    }
  }

  @Test
  void isNotHeldUpByASlowWatcher() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<Capsule> seen = new CopyOnWriteArrayList<>();
    try (AutoCloseable watching = platform.capsules.watch(ann, capsule -> {
      seen.add(capsule);
      try {
        go.await(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    })) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        ids.add(platform.capsules.create(ann, DEFAULTS, UNNAMED).id());
      }
      for (String id : ids) {
        platform.capsules.destroy(ann, id);
      }
      assertEquals(1, seen.size());
      go.countDown();
      until("the last of each is told", () -> ids.stream().allMatch(id -> seen.stream().anyMatch(
          c -> c.id().equals(id) && c.status() == CapsuleStatus.STOPPED)));
      assertTrue(seen.size() <= 6, "told " + seen.size());
    }
  }

  @Test
  void followsWhatItsHostTells() throws Exception {
    String crashed = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    String idle = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    host.ends(crashed, HostedCapsule.State.ERROR, "the hypervisor died");
    host.ends(idle, HostedCapsule.State.STOPPED, "idle for 60 s");
    until("both are known", () -> platform.capsules.list(ann, false).isEmpty());
    assertEquals(CapsuleStatus.ERROR, platform.capsules.get(ann, crashed).status());
    assertEquals("the hypervisor died", platform.capsules.get(ann, crashed).reason().orElseThrow().message());
    assertEquals(CapsuleStatus.STOPPED, platform.capsules.get(ann, idle).status());
    assertEquals("idle for 60 s", platform.capsules.get(ann, idle).reason().orElseThrow().message());
  }
}
