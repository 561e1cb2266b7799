package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReconcilerTest {
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();

  private static CapsuleOrder order(UUID id, String team) {
    return new CapsuleOrder(WireId.CAPSULE.format(id), team, "minimal", 1, 512, 0, Duration.ZERO, "root", Map.of(), true);
  }

  @Test
  void findsRunningCapsulesAgainAfterAKill() throws Exception {
    TestPlatform first = new TestPlatform(directory, host);
    Caller ann = first.team();
    Capsule made = first.capsules.create(ann, DEFAULTS, Optional.of("once"));
    first.kill();
    try (TestPlatform second = new TestPlatform(directory, host)) {
      assertEquals(made.id(), second.capsules.create(ann, DEFAULTS, Optional.of("once")).id());
      assertEquals(CapsuleStatus.RUNNING, second.capsules.get(ann, made.id()).status());
      assertEquals(1, host.creates.get());
    }
  }

  @Test
  void undoesWhatWasBeingMadeAtAKill() throws Exception {
    TestPlatform first = new TestPlatform(directory, host);
    Caller ann = first.team();
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch forever = new CountDownLatch(1);
    host.afterCreate = order -> {
      made.countDown();
      try {
        forever.await(30, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new HostException(HostException.Code.FAILED, "test", "interrupted", e);
      }
    };
    Thread caller = Thread.ofVirtual().start(() -> assertThrows(PlatformException.class,
        () -> first.capsules.create(ann, DEFAULTS, Optional.of("once"))));
    made.await();
    first.kill();
    host.afterCreate = order -> { };
    assertEquals(1, host.capsules.size());
    try (TestPlatform second = new TestPlatform(directory, host)) {
      until("it has failed", () -> second.capsules.list(ann, false).isEmpty());
      Capsule undone = second.capsules.list(ann, true).getFirst();
      assertEquals(CapsuleStatus.ERROR, undone.status());
      assertEquals("control-plane", undone.reason().orElseThrow().step());
      until("the host has let it go", host.capsules::isEmpty);
      Capsule again = second.capsules.create(ann, DEFAULTS, Optional.of("once"));
      assertEquals(CapsuleStatus.RUNNING, again.status());
    } finally {
      forever.countDown();
      caller.join();
    }
  }

  @Test
  void carriesOutAnEndThatAKillCutShort() throws Exception {
    TestPlatform first = new TestPlatform(directory, host);
    Caller ann = first.team();
    String id = first.capsules.create(ann, DEFAULTS, Optional.empty()).id();
    first.ledger.change(WireId.CAPSULE.parse(id).orElseThrow(), row -> row.in(CapsuleStatus.STOPPING, Optional.empty()));
    first.kill();
    try (TestPlatform second = new TestPlatform(directory, host)) {
      until("it has stopped", () -> second.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
      assertTrue(host.capsules.isEmpty());
    }
  }

  @Test
  void callsCapsulesMissingWhileTheirHostIsSilent() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host, new TestPlatform.Config(1))) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
      platform.disconnect(host);
      until("it is missing", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.MISSING);
      platform.connect(host);
      until("it runs again", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.RUNNING);
      assertEquals(2, platform.capsules.get(ann, id).steps().size());
    }
  }

  @Test
  void saysWhenAHostHasLostACapsule() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
      host.capsules.clear();
      until("it is known", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.ERROR);
    }
  }

  @Test
  void endsWhatNoRowKnowsButOnlyOfItsOwnTeams() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      CapsuleOrder ours = order(UUID.randomUUID(), ann.teamId());
      CapsuleOrder anothers = order(UUID.randomUUID(), WireId.TEAM.format(UUID.randomUUID()));
      host.has(ours);
      host.has(anothers);
      until("ours has gone", () -> !host.capsules.containsKey(ours.id()));
      String known = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
      // More comparisons pass in which it could have been ended.
      CountDownLatch looked = new CountDownLatch(3);
      platform.hosts.listen((id, capsule) -> { }, id -> looked.countDown());
      for (int i = 0; i < 3; i++) {
        platform.connect(host);
      }
      assertTrue(looked.await(5, TimeUnit.SECONDS));
      assertTrue(host.capsules.containsKey(anothers.id()));
      assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, known).status());
    }
  }

  @Test
  void endsOnTheHostWhatHasEndedInItsRow() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
      var ghost = host.capsules.get(id);
      platform.capsules.destroy(ann, id);
      host.capsules.put(id, ghost);
      until("it has gone", host.capsules::isEmpty);
      assertEquals(CapsuleStatus.STOPPED, platform.capsules.get(ann, id).status());
    }
  }
}
