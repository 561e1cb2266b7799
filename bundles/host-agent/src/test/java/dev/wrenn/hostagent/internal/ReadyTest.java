package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.snapshot.internal.TestSnapshots;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that wait for capsules, over simulated drivers and a real store of snapshots. */
class ReadyTest {
  private static final String SIZE = "minimal/1/64";
  @TempDir Path directory;

  @Test
  void aCapsuleTakesOneOverAndIsLikeOthersFromThenOn() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, 1);
      ready(host);
      assertEquals(List.of(), host.list());
      assertEquals(0, host.status().capsules());
      assertEquals(0, host.status().memoryUsedMib());
      HostedCapsule made = host.create(order("cl-a", true), Rig.SOON);
      assertEquals("ready " + SIZE, made.facts().get("start"));
      assertEquals(List.of("admission", "journal", "take", "agent", "commit"), made.steps().stream().map(HostedCapsule.Step::name).toList());
      assertTrue(made.facts().get("microvm").startsWith("warm-ready-"), made.facts().toString());
      assertEquals(1, host.status().capsules());
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));

      HostedCapsule again = host.create(order("cl-b", false), Rig.SOON);
      assertEquals("warm " + SIZE, again.facts().get("start"), "no other one is ready, or not without a way to the outside");
      HostAgent next = restart(rig, snapshots, 0);
      Rig.until("cl-a is taken over", () -> next.list().size() == 2 && leases(snapshots).equals(Set.of("cl-a", "cl-b")));
      assertEquals("on\n", Rig.output(next.processes("cl-a"), ProcessSpec.of("echo", "on")));
      Rig.until("cl-a can be paused", () -> next.pause("cl-a", Rig.SOON).state() == State.PAUSED);
      assertFalse(rig.leftovers().stream().anyMatch(name -> name.contains("warm-")), rig.leftovers().toString());
      assertEquals("pause", next.resume("cl-a", false, Rig.SOON).facts().get("start"));
      assertTrue(rig.leftovers().stream().anyMatch(name -> name.contains("cl-a")), "it has a microVM of its own now");
      assertEquals("on\n", Rig.output(next.processes("cl-a"), ProcessSpec.of("echo", "on")));
      next.destroy("cl-a", Rig.SOON);
      next.destroy("cl-b", Rig.SOON);
      assertEquals(Set.of(), rig.leftovers());
      assertEquals(Map.of(), snapshots.service().leases());
    }
  }

  @Test
  void oneThatWasTakenOverEndsLikeOthersAndAnotherIsMade() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, 2);
      Rig.until("two are ready", () -> ready(host.status().facts(), SIZE + ", " + SIZE));
      for (String id : List.of("cl-a", "cl-b", "cl-a", "cl-b")) {
        ready(host);
        assertEquals("ready " + SIZE, host.create(order(id, true), Rig.SOON).facts().get("start"));
        host.destroy(id, Rig.SOON);
      }
      rig.stop();
      assertEquals(Set.of(), rig.leftovers());
      rig.start();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before take", "after take", "before agent", "after agent"})
  void whateverFailsOfItTheCapsuleIsRestored(String where) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      boolean[] armed = {true};
      rig.faults = (step, id) -> {
        if (armed[0] && id.capsule().equals("cl-a") && step.equals(where)) {
          armed[0] = false;
          throw new IllegalStateException("fault " + where);
        }
      };
      HostAgent host = start(rig, snapshots, 1);
      ready(host);
      assertEquals("warm " + SIZE, host.create(order("cl-a", true), Rig.SOON).facts().get("start"));
      assertFalse(armed[0], "the fault was there");
      assertEquals(1, host.status().capsules());
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      host.destroy("cl-a", Rig.SOON);
      rig.stop();
      assertEquals(Set.of(), rig.leftovers());
      rig.start();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before journal", "after journal", "before take", "after take", "before agent", "after agent", "before commit", "after commit"})
  void aSigkillLeavesTheCapsuleOrNothing(String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    AtomicBoolean begun = new AtomicBoolean();
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.faults = (step, id) -> {
        if (id.capsule().equals("cl-a") && step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
        begun.compareAndSet(false, id.capsule().equals("cl-a"));
        if (reached.getCount() == 0 || begun.get() && !id.capsule().equals("cl-a")) {
          // Whatever that host goes on with, or begins for itself meanwhile: it is dead.
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = start(rig, snapshots, 1);
      ready(host);
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.create(order("cl-a", true), Rig.SOON)));
      reached.await();

      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = start(heir, snapshots, 0);
      if (where.equals("after commit")) {
        assertEquals("on\n", Rig.output(next.processes("cl-a"), ProcessSpec.of("echo", "on")));
        Rig.until("nothing but the capsule", () -> next.list().size() == 1 && leases(snapshots).equals(Set.of("cl-a")));
        Rig.until("it is in hand", () -> next.pause("cl-a", Rig.SOON).state() == State.PAUSED);
        assertFalse(heir.leftovers().stream().anyMatch(name -> name.contains("warm-ready")), heir.leftovers().toString());
        next.destroy("cl-a", Rig.SOON);
      }
      Rig.until("nothing left", () -> heir.leftovers().isEmpty() && snapshots.service().leases().isEmpty());
      heir.stop();
    }
  }

  @Test
  void itIsGivenUpWhenACapsuleNeedsTheRoom() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, 1, 2);
      ready(host);
      assertEquals("boot", host.create(order("cl-a", 96), Rig.SOON).facts().get("start"));
      assertEquals("boot", host.create(order("cl-b", 96), Rig.SOON).facts().get("start"));
      assertEquals("none yet", host.status().facts().get("ready"));
      assertEquals(Code.NO_CAPACITY, assertThrows(HostException.class, () -> host.create(order("cl-c", 96), Rig.SOON)).code());
      Rig.until("nothing of it left", () -> rig.leftovers().stream().noneMatch(name -> name.contains("warm-")));
      host.pause("cl-a", Rig.SOON);
      ready(host);
      host.resume("cl-a", false, Rig.SOON);
      assertEquals("none yet", host.status().facts().get("ready"));
      host.destroy("cl-a", Rig.SOON);
      assertEquals(1, host.status().capsules());
    }
  }

  @Test
  void theLastRoomIsExchanged() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, 1, 1);
      ready(host);
      assertEquals("ready " + SIZE, host.create(order("cl-a", true), Rig.SOON).facts().get("start"));
    }
  }

  @Test
  void itEndsWhenItsDriverGoesAndAnotherIsMadeWhenOneComes() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots, 1);
      ready(host);
      assertFalse(vms(rig).isEmpty());
      rig.removeHypervisor();
      assertEquals(Set.of(), rig.leftovers().stream().filter(name -> name.contains("warm-ready")).collect(Collectors.toSet()));
      rig.addHypervisor();
      Rig.until("a ready one is taken", () -> {
        HostedCapsule made = host.create(order("cl-a", true), Rig.SOON);
        boolean ready = made.facts().get("start").equals("ready " + SIZE);
        if (!ready) {
          host.destroy("cl-a", Rig.SOON);
        }
        return ready;
      });
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      host.destroy("cl-a", Rig.SOON);
      rig.stop();
      assertEquals(Set.of(), rig.leftovers());
      rig.start();
    }
  }

  private static Set<String> vms(Rig rig) throws Exception {
    return rig.leftovers().stream().filter(name -> name.startsWith("vms/")).collect(Collectors.toSet());
  }

  private static Set<String> leases(TestSnapshots snapshots) throws Exception {
    return snapshots.service().leases().keySet();
  }

  private static CapsuleOrder order(String id, boolean egress) {
    CapsuleOrder usual = Rig.order(id);
    return new CapsuleOrder(id, usual.team(), usual.image(), usual.vcpus(), usual.memoryMib(), usual.diskMib(), usual.idleTimeout(), usual.defaultUser(),
        Map.of(), egress);
  }

  private static CapsuleOrder order(String id, int memoryMib) {
    return new CapsuleOrder(id, "team", "minimal", 1, memoryMib, 0, Duration.ZERO, "root", Map.of(), true);
  }

  private static void ready(HostAgent host) throws Exception {
    Rig.until("one is ready: " + host.status().facts(), () -> host.status().facts().get("ready").split(", ")[0].equals(SIZE));
  }

  private static boolean ready(Map<String, String> facts, String what) {
    return what.equals(facts.get("ready"));
  }

  private static HostAgent start(Rig rig, TestSnapshots snapshots, int ready) throws Exception {
    return start(rig, snapshots, ready, 100);
  }

  private static HostAgent start(Rig rig, TestSnapshots snapshots, int ready, int capsules) throws Exception {
    HostSettings.Warm warm = new HostSettings.Warm(true, List.of(new Size("minimal", 1, 64)), 1, Duration.ZERO, ready);
    rig.settings = one -> new HostSettings(one.directory(), one.hostId(), one.guest(), one.agentPort(), new HostSettings.Shares(100_000, 10_000, 10_000, 0, 0,
        capsules, 0, 64, 20, 64, 50), one.limits(), one.records(), one.parallelBoots(), one.adoptions(), one.idleCheck(), one.goDown(), one.sampling(),
        one.drivers(), warm, one.memory());
    rig.snapshots.set(snapshots.service());
    return rig.start();
  }

  private static HostAgent restart(Rig rig, TestSnapshots snapshots, int ready) throws Exception {
    rig.stop();
    return start(rig, snapshots, ready);
  }
}
