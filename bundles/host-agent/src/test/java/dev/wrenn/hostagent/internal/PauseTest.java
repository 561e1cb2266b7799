package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.snapshot.internal.TestSnapshots;
import dev.wrenn.spi.hypervisor.MicroVm.VmStats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pauses, resumes, templates and copies over simulated drivers and a real store of snapshots; and what fails or dies at each step. */
class PauseTest {
  @TempDir Path directory;

  @Test
  void aPausedCapsuleHasNothingOnTheHostAndGoesOn() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      for (int cycle = 0; cycle < 3; cycle++) {
        Instant before = lastActive(host);
        Rig.until("use", () -> answers(host) && lastActive(host).isAfter(before.plusMillis(50)));
        assertEquals(State.PAUSED, host.pause("cl-a", Rig.SOON).state());
        assertEquals(State.PAUSED, host.pause("cl-a", Rig.SOON).state());
        assertTrue(lastActive(host).isAfter(before));
        assertEquals(Set.of(), rig.leftovers());
        assertEquals(0, host.status().capsules());
        assertEquals(Code.WRONG_STATE, assertThrows(HostException.class, () -> host.processes("cl-a")).code());
        String log = assertThrows(HostException.class, () -> host.console("cl-a", 100)).getMessage();
        assertTrue(log.contains("cl-a is paused") && log.contains("resume it"), log);
        assertEquals(State.RUNNING, host.resume("cl-a", false, Rig.SOON).state());
        assertEquals(State.RUNNING, host.resume("cl-a", false, Rig.SOON).state());
        assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      }
      host.pause("cl-a", Rig.SOON);
      assertEquals(State.PAUSED, start(rig, snapshots, true).find("cl-a").orElseThrow().state());
      rig.api().resume("cl-a", true, Rig.SOON);
      rig.api().pause("cl-a", Rig.SOON);
      rig.api().destroy("cl-a", Rig.SOON);
      nothingLeft(rig, snapshots);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before prepare", "after prepare", "before quiesce", "after quiesce", "after reclaim", "before freeze", "after freeze",
      "before disk", "after disk", "before save", "after save", "before publish"})
  void aPauseThatFailsLeavesItRunning(String where) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      boolean[] armed = {false};
      rig.faults = (step, id) -> {
        if (armed[0] && step.equals(where)) {
          throw new IllegalStateException("fault " + where);
        }
      };
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      armed[0] = true;
      HostException failure = assertThrows(HostException.class, () -> host.pause("cl-a", Rig.SOON));
      assertEquals(where.split(" ")[1], failure.step());
      assertEquals(State.RUNNING, host.find("cl-a").orElseThrow().state());
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
      assertTrue(snapshots.service().list().isEmpty());
      armed[0] = false;
      assertEquals(State.PAUSED, host.pause("cl-a", Rig.SOON).state());
      host.destroy("cl-a", Rig.SOON);
      nothingLeft(rig, snapshots);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before prepare", "after quiesce", "after freeze", "after disk", "after save", "before publish", "after publish", "before kill",
      "after kill", "after release", "before delete", "after delete"})
  void whatASigkillLeavesOfAPauseRunsOrIsPaused(String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    boolean[] armed = {false};
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.faults = (step, id) -> {
        if (armed[0] && step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      armed[0] = true;
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.pause("cl-a", Duration.ofMinutes(5))));
      reached.await();
      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = start(heir, snapshots);
      boolean published = List.of("after publish", "before kill", "after kill", "after release", "before delete", "after delete").contains(where);
      Rig.until("a defined state", () -> next.find("cl-a").orElseThrow().state() == (published ? State.PAUSED : State.RUNNING));
      if (published) {
        Rig.until("nothing left", () -> heir.leftovers().isEmpty());
        next.resume("cl-a", false, Rig.SOON);
      }
      Rig.until("an answer", () -> answers(next));
      next.destroy("cl-a", Rig.SOON);
      assertEquals(Set.of(), heir.leftovers());
      heir.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before disk", "after disk", "before network", "after network", "before memory", "after memory", "before restore", "after restore",
      "before agent", "after agent", "before commit"})
  void aResumeThatFailsLeavesItPaused(String where) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      boolean[] armed = {false};
      rig.faults = (step, id) -> {
        if (armed[0] && step.equals(where)) {
          throw new IllegalStateException("fault " + where);
        }
      };
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.pause("cl-a", Rig.SOON);
      armed[0] = true;
      HostException failure = assertThrows(HostException.class, () -> host.resume("cl-a", false, Rig.SOON));
      assertEquals(where.split(" ")[1], failure.step());
      assertEquals(State.PAUSED, host.find("cl-a").orElseThrow().state());
      assertEquals(Set.of(), rig.leftovers());
      assertEquals(0, host.status().capsules());
      armed[0] = false;
      host.resume("cl-a", false, Rig.SOON);
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
    }
  }

  @Test
  void whatWasChangedSinceThePauseIsRefusedBeforeAnythingRunsOfIt() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.pause("cl-a", Rig.SOON);
      for (String part : List.of("snapshots/layers", "snapshots/snapshots/pause/cl-a/1", "host/captures/sim")) {
        Path file;
        try (Stream<Path> files = Files.list(directory.resolve(part))) {
          file = files.filter(each -> !each.getFileName().toString().equals("manifest.json")).findFirst().orElseThrow();
        }
        byte[] good = Files.readAllBytes(file);
        byte[] bad = good.length == 0 ? new byte[1] : good.clone();
        bad[bad.length / 2] ^= 16;
        Files.delete(file);
        Files.write(file, bad);
        HostException refused = assertThrows(HostException.class, () -> host.resume("cl-a", false, Rig.SOON), part);
        assertTrue(refused.getMessage().contains(file.getFileName().toString()) && refused.getMessage().contains("cold"), refused.getMessage());
        assertEquals(State.PAUSED, host.find("cl-a").orElseThrow().state());
        assertEquals(Set.of(), rig.leftovers());
        Files.write(file, good);
      }
      host.resume("cl-a", false, Rig.SOON);
      assertEquals("on\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{"})
  void aPauseWithoutManifestKeepsItsDiskAndBootsFromThatOrIsDestroyed(String text) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      for (String id : List.of("cl-a", "cl-b")) {
        host.create(new CapsuleOrder(id, "team", "minimal", 1, 64, 8, Duration.ZERO, "root", Map.of(), false), Rig.SOON);
        host.pause(id, Rig.SOON);
        Path manifest = directory.resolve("snapshots/snapshots/pause/" + id + "/1/manifest.json");
        Files.delete(manifest);
        if (text.isEmpty()) {
          Files.delete(manifest.resolveSibling("state"));
          Files.delete(manifest.getParent());
        } else {
          Files.writeString(manifest, text);
        }
      }
      host.create(Rig.order("cl-c"), Rig.SOON);
      host.pause("cl-c", Rig.SOON);
      host.destroy("cl-c", Rig.SOON);
      start(rig, snapshots, true);
      Path captures = directory.resolve("host/captures/sim");
      assertTrue(Files.exists(captures.resolve("pause-cl-a.1")), "the disk of one whose manifest is damaged");
      assertEquals(Code.FAILED, assertThrows(HostException.class, () -> rig.api().resume("cl-a", false, Rig.SOON)).code());
      assertEquals(State.RUNNING, rig.api().resume("cl-a", true, Rig.SOON).state());
      rig.api().pause("cl-a", Rig.SOON);
      rig.api().resume("cl-a", false, Rig.SOON);
      rig.api().destroy("cl-a", Rig.SOON);
      rig.api().destroy("cl-b", Rig.SOON);
      nothingLeft(rig, snapshots);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before disk", "after network", "after memory", "after restore", "after agent", "before commit"})
  void whatASigkillLeavesOfAResumeIsPaused(String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    boolean[] armed = {false};
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.faults = (step, id) -> {
        if (armed[0] && step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.pause("cl-a", Rig.SOON);
      armed[0] = true;
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.resume("cl-a", false, Duration.ofMinutes(5))));
      reached.await();
      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = start(heir, snapshots);
      Rig.until("a paused capsule and nothing else", () -> next.find("cl-a").orElseThrow().state() == State.PAUSED && heir.leftovers().isEmpty());
      next.resume("cl-a", false, Rig.SOON);
      assertTrue(answers(next));
      heir.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before disk", "before memory", "after memory", "before restore"})
  void aTemplateMayBeSavedAnewWhileACapsuleIsMadeOfIt(String where) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      AtomicBoolean saved = new AtomicBoolean();
      rig.faults = (step, id) -> {
        if (step.equals(where) && id.capsule().equals("cl-b") && saved.compareAndSet(false, true)) {
          assertDoesNotThrow(() -> rig.api().template("cl-a", "mine", Rig.SOON));
        }
      };
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.template("cl-a", "mine", Rig.SOON);
      assertEquals(State.RUNNING, host.create(from("cl-b", "mine"), Rig.SOON).state());
      assertTrue(saved.get());
      assertEquals("on\n", Rig.output(host.processes("cl-b"), ProcessSpec.of("echo", "on")));
      host.destroy("cl-b", Rig.SOON);
      host.destroy("cl-a", Rig.SOON);
      host.deleteTemplate("mine");
      nothingLeft(rig, snapshots);
    }
  }

  @Test
  void anyNumberOfCapsulesStartFromATemplateAndARunningOneIsCopied() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      HostStatus.Image image = host.template("cl-a", "warm", Rig.SOON);
      assertEquals(64, image.memory().orElseThrow().memoryMib());
      assertTrue(answers(host));
      assertTrue(host.status().images().stream().anyMatch(one -> one.name().equals("warm")));
      host.create(from("cl-b", "warm"), Rig.SOON);
      host.create(from("cl-c", "warm"), Rig.SOON);
      assertEquals(Code.INVALID, assertThrows(HostException.class,
          () -> host.create(new CapsuleOrder("cl-d", "team", "warm", 2, 64, 0, Duration.ZERO, "root", Map.of(), false), Rig.SOON)).code());
      assertEquals(Code.CONFLICT, assertThrows(HostException.class, () -> host.template("cl-a", "minimal", Rig.SOON)).code());
      host.deleteTemplate("warm");
      host.pause("cl-b", Rig.SOON);
      host.resume("cl-b", false, Rig.SOON);

      List<HostAgent.Copy> copies = host.fork("cl-a", List.of(from("cl-e", "any"), from("cl-f", "any")), Rig.SOON);
      assertEquals(2, copies.stream().filter(copy -> copy.capsule().isPresent()).count());
      assertFalse(host.status().images().stream().anyMatch(one -> one.memory().isPresent()));
      for (String id : List.of("cl-a", "cl-b", "cl-c", "cl-e", "cl-f")) {
        assertEquals(State.RUNNING, host.find(id).orElseThrow().state());
        host.destroy(id, Rig.SOON);
      }
      nothingLeft(rig, snapshots);
    }
  }

  @Test
  void whatASigkillLeavesOfAForkIsNoTemplate() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.faults = (step, id) -> {
        if (id.capsule().equals("cl-e") && step.equals("after memory")) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.template("cl-a", "fork-mine", Rig.SOON);
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.fork("cl-a", List.of(from("cl-e", "any")), Duration.ofMinutes(5))));
      reached.await();
      assertEquals(2, snapshots.service().list().size());
      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = start(heir, snapshots);
      Rig.until("only the template that somebody wanted", () -> snapshots.service().list().stream().map(one -> one.id().owner()).toList().equals(List.of("fork-mine")));
      Rig.until("an answer", () -> answers(next));
      next.deleteTemplate("fork-mine");
      next.destroy("cl-a", Rig.SOON);
      Rig.until("nothing left", () -> heir.leftovers().isEmpty());
      heir.stop();
    }
  }

  @Test
  void whatASigkillLeavesOfACapturedDiskIsRemoved() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.pause("cl-a", Rig.SOON);
      Path captures = directory.resolve("host/captures/sim");
      Path half = Files.writeString(captures.resolve("pause-cl-a.7.part"), "half of a disk");
      Path note = Files.writeString(captures.resolve("pause-cl-a.1.chain"), "raw");
      Rig.until("nothing half made", () -> Files.notExists(half));
      assertTrue(Files.exists(note) && Files.exists(captures.resolve("pause-cl-a.1")), "what belongs to a pause stays");
    }
  }

  @Test
  void aGuestThatCouldNotBeWokenAtOnceAfterASigkillIsWokenLater() throws Exception {
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      Rig heir = killedIn(rig, snapshots, "after freeze");
      heir.faults = (step, id) -> {
        if (step.equals("before adopt hypervisor")) {
          heir.hypervisor.refuseThaws(2);
        }
      };
      HostAgent next = start(heir, snapshots);
      Rig.until("it is awake", () -> !heir.host.capsules().find("cl-a").orElseThrow().record().facts().containsKey("frozen") && answers(next));
      heir.stop();
    }
  }

  @Test
  void whetherAPauseHadBeenPublishedIsAskedAgain() throws Exception {
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      Rig heir = killedIn(rig, snapshots, "after save");
      heir.snapshots.set(snapshots.failing("find", 2));
      HostAgent next = heir.start();
      Rig.until("a defined state", () -> next.find("cl-a").orElseThrow().state() == State.RUNNING && answers(next));
      heir.stop();
    }
  }

  /** A large one takes long to be written, and its capsule runs meanwhile. */
  @Test
  void aMicroVmThatEndsWhileItsTemplateIsWrittenIsSeenAfterThat() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.faults = (step, id) -> {
        if (step.equals("before publish")) {
          await(go);
        }
      };
      rig.settings = all -> new HostSettings(all.directory(), all.hostId(), all.guest(), all.agentPort(), all.shares(),
          new HostSettings.Limits(Rig.SOON, Rig.SOON, Rig.SOON, Rig.SOON, Rig.SOON, Rig.SOON, Duration.ofMillis(50), Duration.ofMillis(20),
              Duration.ofMillis(200)), all.records(), all.parallelBoots(), all.adoptions(), all.idleCheck(), all.goDown(), all.sampling(), all.drivers(),
          all.warm(), all.memory());
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      FutureTask<HostStatus.Image> template = new FutureTask<>(() -> host.template("cl-a", "saved", Duration.ofMinutes(5)));
      Thread.ofVirtual().start(template);
      Rig.until("it goes on", () -> host.find("cl-a").orElseThrow().facts().containsKey("still_ms"));
      rig.kill("cl-a");
      Rig.until("that is told", () -> rig.host.capsules().find("cl-a").orElseThrow().trouble().contains("has ended"));
      assertEquals(State.RUNNING, host.find("cl-a").orElseThrow().state());
      go.countDown();
      Rig.until("it is seen", () -> host.find("cl-a").orElseThrow().state() == State.ERROR);
      assertEquals("saved", template.get().name());
    }
  }

  @Test
  void copiesAreThereThoughWhatTheyWereMadeFromCanNotBeRemovedAtOnce() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      rig.snapshots.set(snapshots.failing("remove", 1));
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      List<HostAgent.Copy> copies = host.fork("cl-a", List.of(from("cl-e", "any")), Rig.SOON);
      assertEquals(State.RUNNING, copies.getFirst().capsule().orElseThrow().state());
      Rig.until("no template of copies", () -> snapshots.service().list().isEmpty());
    }
  }

  /** Layers of a paused capsule are merged in the background. */
  @Test
  void aTemplateOfAPausedCapsuleIsMadeThoughItsMapIsExchangedMeanwhile() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      boolean[] armed = {false};
      rig.snapshots.set(snapshots.changing(saved -> {
        if (!armed[0]) {
          return saved;
        }
        armed[0] = false;
        return snapshots.withAMapThatIsGone(saved);
      }));
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.pause("cl-a", Rig.SOON);
      armed[0] = true;
      host.template("cl-a", "saved", Rig.SOON);
      assertFalse(armed[0]);
      host.create(from("cl-b", "saved"), Rig.SOON);
    }
  }

  @Test
  void anIdleCapsuleIsPaused() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a", Duration.ofMillis(200)), Rig.SOON);
      Rig.until("a pause", () -> host.find("cl-a").orElseThrow().state() == State.PAUSED);
      assertEquals(State.RUNNING, host.resume("cl-a", false, Rig.SOON).state());
    }
  }

  @Test
  void anIdleCapsuleIsEndedWhenItIsNotToBePaused() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(new CapsuleOrder("cl-a", "team", "minimal", 1, 64, 0, Duration.ofMillis(200), "root", Map.of(), false, true), Rig.SOON);
      Rig.until("its end", () -> host.find("cl-a").orElseThrow().state() == State.STOPPED);
      assertEquals("idle", host.find("cl-a").orElseThrow().failure().orElseThrow().step());
      assertTrue(snapshots.service().list().isEmpty());
    }
  }

  @Test
  void whatAPausedCapsuleUsedIsKnownForAWhile() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      HostAgent host = start(rig, snapshots);
      host.create(Rig.order("cl-a"), Rig.SOON);
      rig.hypervisor.uses("cl-a", new VmStats(0, 1));
      Rig.until("there are points", () -> host.metrics("cl-a", Tier.SECONDS).size() > 3);
      host.create(Rig.order("cl-b"), Rig.SOON);
      rig.hypervisor.uses("cl-b", new VmStats(0, 1));
      host.pause("cl-a", Rig.SOON);
      Rig.until("others are looked at", () -> host.metrics("cl-b", Tier.SECONDS).size() > 3);
      List<MetricPoint> known = host.metrics("cl-a", Tier.SECONDS);
      assertTrue(known.size() > 3, known.size() + " points");
      assertEquals(Set.of("cl-b"), host.latestMetrics().keySet());
      host.resume("cl-a", false, Rig.SOON);
      rig.hypervisor.uses("cl-a", new VmStats(0, 1));
      Rig.until("it goes on", () -> host.metrics("cl-a", Tier.SECONDS).getLast().at().isAfter(known.getLast().at()));
      host.pause("cl-a", Rig.SOON);
      host.destroy("cl-a", Rig.SOON);
      assertEquals(Code.NOT_FOUND, assertThrows(HostException.class, () -> host.metrics("cl-a", Tier.SECONDS)).code());
    }
  }

  /** A pause reaches that step, and its host is killed. */
  private Rig killedIn(Rig rig, TestSnapshots snapshots, String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    rig.faults = (step, id) -> {
      if (step.equals(where)) {
        reached.countDown();
        CreateDestroyTest.hang();
      }
    };
    HostAgent host = start(rig, snapshots);
    host.create(Rig.order("cl-a"), Rig.SOON);
    Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.pause("cl-a", Duration.ofMinutes(5))));
    reached.await();
    return rig.crashed(directory.resolve("second"));
  }

  private static void await(CountDownLatch go) {
    try {
      go.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting", e);
    }
  }

  private static CapsuleOrder from(String id, String image) {
    return new CapsuleOrder(id, "team", image, 1, 64, 0, Duration.ZERO, "root", Map.of("OF", id), false);
  }

  private static Instant lastActive(HostAgent host) throws HostException {
    return host.find("cl-a").orElseThrow().lastActiveAt().orElseThrow();
  }

  private static boolean answers(HostAgent host) {
    try {
      return Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "on")).equals("on\n");
    } catch (Exception e) {
      return false;
    }
  }

  private static HostAgent start(Rig rig, TestSnapshots snapshots) throws Exception {
    return start(rig, snapshots, false);
  }

  private static HostAgent start(Rig rig, TestSnapshots snapshots, boolean again) throws Exception {
    rig.snapshots.set(snapshots.service());
    return again ? rig.restart() : rig.start();
  }

  private void nothingLeft(Rig rig, TestSnapshots snapshots) throws Exception {
    assertEquals(Set.of(), rig.leftovers());
    assertTrue(snapshots.service().list().isEmpty());
    assertTrue(snapshots.service().leases().isEmpty());
    Path captures = directory.resolve("host/captures/sim");
    Rig.until("no captured disks", () -> {
      try (Stream<Path> files = Files.list(captures)) {
        return files.findAny().isEmpty();
      }
    });
  }
}
