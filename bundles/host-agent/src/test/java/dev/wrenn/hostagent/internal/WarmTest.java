package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.internal.TestSnapshots;
import dev.wrenn.spi.PlanId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that are kept booted, over simulated drivers and a real store of snapshots. */
class WarmTest {
  private static final HostSettings.Warm ON = new HostSettings.Warm(true, List.of(new Size("minimal", 1, 64)), 2, Duration.ZERO, 0);
  private static final String KEPT = "minimal/1/64";
  @TempDir Path directory;

  @Test
  void aCapsuleGoesOnFromABootedGuestAndNobodySeesThatOne() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, ON);
      kept(host, KEPT);
      assertEquals(List.of(), host.list());
      assertEquals(0, host.status().capsules());
      assertEquals(List.of("minimal"), host.status().images().stream().map(image -> image.name()).toList());
      Rig.until("nothing left of its boot", () -> rig.leftovers().isEmpty());

      for (String id : List.of("cl-a", "cl-b")) {
        HostedCapsule made = host.create(Rig.order(id), Rig.SOON);
        assertEquals("warm " + KEPT, made.facts().get("start"));
        assertTrue(made.steps().stream().anyMatch(step -> step.name().equals("restore")), made.steps().toString());
        assertEquals("on\n", Rig.output(host.processes(id), ProcessSpec.of("echo", "on")));
      }
      host.pause("cl-a", Rig.SOON);
      host.resume("cl-a", false, Rig.SOON);
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      host.destroy("cl-a", Rig.SOON);
      host.destroy("cl-b", Rig.SOON);
      assertEquals(Set.of(), rig.leftovers());
      assertEquals(Map.of(), snapshots.service().leases());
      assertEquals(1, snapshots.service().list().size());
      assertEquals(Code.INVALID, assertThrows(HostException.class, () -> host.create(Rig.order("warm-x"), Rig.SOON)).code());
    }
  }

  @Test
  void aSizeThatIsAskedForOftenIsKeptToo() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, ON);
      kept(host, KEPT);
      for (String id : List.of("cl-a", "cl-b", "cl-c")) {
        assertEquals("boot", host.create(order(id, 96), Rig.SOON).facts().get("start"));
      }
      kept(host, KEPT + ", minimal/1/96");
      assertEquals("warm minimal/1/96", host.create(order("cl-d", 96), Rig.SOON).facts().get("start"));
      assertEquals("boot", host.create(order("cl-e", 128), Rig.SOON).facts().get("start"));
      HostAgent again = restart(rig, snapshots);
      kept(again, KEPT + ", minimal/1/96");
      assertEquals("warm minimal/1/96", again.create(order("cl-f", 96), Rig.SOON).facts().get("start"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before disk", "after network", "before memory", "after memory", "before restore", "after restore", "before agent", "after agent"})
  void whateverFailsOfItTheCapsuleBoots(String where) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      boolean[] armed = {true};
      rig.faults = (step, id) -> {
        if (armed[0] && id.capsule().equals("cl-a") && step.equals(where)) {
          armed[0] = false;
          throw new IllegalStateException("fault " + where);
        }
      };
      HostAgent host = start(rig, snapshots, ON);
      kept(host, KEPT);
      Snapshot first = snapshots.service().list().getFirst();
      HostedCapsule made = host.create(Rig.order("cl-a"), Rig.SOON);
      assertFalse(armed[0], "the fault was there");
      assertEquals("boot", made.facts().get("start"));
      assertEquals(1, host.status().capsules());
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      Rig.until("another guest", () -> snapshots.service().list().stream().anyMatch(one -> !one.manifest().createdAt().equals(first.manifest().createdAt())));
      kept(host, KEPT);
      assertEquals("warm " + KEPT, host.create(Rig.order("cl-b"), Rig.SOON).facts().get("start"));
      host.destroy("cl-a", Rig.SOON);
      host.destroy("cl-b", Rig.SOON);
      Rig.until("nothing left", () -> rig.leftovers().isEmpty() && snapshots.service().leases().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"after journal", "after disk", "before boot", "after boot", "after agent", "before commit", "before prepare", "after quiesce",
      "after freeze", "after save", "before publish", "after publish", "before kill", "after kill", "after delete"})
  void whatASigkillLeavesOfItsMakingIsGoneAndItIsMade(String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.faults = (step, id) -> {
        if (own(id) && step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = start(rig, snapshots, ON);
      reached.await();
      HostedCapsule booted = host.create(Rig.order("cl-a"), Rig.SOON);
      assertTrue(List.of("boot", "warm " + KEPT).contains(booted.facts().get("start")), booted.facts().toString());
      host.destroy("cl-a", Rig.SOON);

      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = start(heir, snapshots, ON);
      kept(next, KEPT);
      Rig.until("nothing left", () -> heir.leftovers().isEmpty());
      assertEquals(List.of(), next.list());
      assertEquals(1, snapshots.service().list().size());
      assertEquals("warm " + KEPT, next.create(Rig.order("cl-b"), Rig.SOON).facts().get("start"));
      next.destroy("cl-b", Rig.SOON);
      heir.stop();
    }
  }

  @Test
  void whatItWasMadeFromChangesAndSoItIsMadeAnew() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, ON);
      kept(host, KEPT);
      String first = snapshots.service().list().getFirst().id().owner();
      assertEquals("warm " + KEPT, host.create(Rig.order("cl-a"), Rig.SOON).facts().get("start"));
      Files.writeString(directory.resolve("guest/initrd.cpio"), "another agent");
      assertEquals("boot", host.create(Rig.order("cl-b"), Rig.SOON).facts().get("start"));
      Rig.until("another guest", () -> snapshots.service().list().stream().map(saved -> saved.id().owner()).allMatch(owner -> !owner.equals(first)));
      kept(host, KEPT);
      assertNotEquals(first, snapshots.service().list().getFirst().id().owner());
      assertEquals("warm " + KEPT, host.create(Rig.order("cl-c"), Rig.SOON).facts().get("start"));
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      host.pause("cl-a", Rig.SOON);
      host.resume("cl-a", false, Rig.SOON);
    }
  }

  @Test
  void switchedOffItIsGone() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      kept(start(rig, snapshots, ON), KEPT);
      rig.stop();
      HostAgent host = start(rig, snapshots, HostSettings.Warm.OFF);
      assertEquals("off", host.status().facts().get("warm"));
      Rig.until("nothing kept", () -> snapshots.service().list().isEmpty());
      assertEquals("boot", host.create(Rig.order("cl-a"), Rig.SOON).facts().get("start"));
    }
  }

  private static boolean own(PlanId id) {
    return id.capsule().startsWith("warm-");
  }

  private static CapsuleOrder order(String id, int memoryMib) {
    return new CapsuleOrder(id, "team", "minimal", 1, memoryMib, 0, Duration.ZERO, "root", Map.of(), false);
  }

  private static void kept(HostAgent host, String what) throws Exception {
    Rig.until(what + " is kept: " + host.status().facts(), () -> host.status().facts().get("warm").equals(what));
  }

  private static HostAgent start(Rig rig, TestSnapshots snapshots, HostSettings.Warm warm) throws Exception {
    rig.settings = one -> new HostSettings(one.directory(), one.hostId(), one.guest(), one.agentPort(), one.shares(), one.limits(), one.records(),
        one.parallelBoots(), one.adoptions(), one.idleCheck(), one.goDown(), one.sampling(), one.drivers(), warm, one.memory());
    rig.snapshots.set(snapshots.service());
    return rig.start();
  }

  private static HostAgent restart(Rig rig, TestSnapshots snapshots) throws Exception {
    rig.stop();
    rig.snapshots.set(snapshots.service());
    return rig.start();
  }
}
