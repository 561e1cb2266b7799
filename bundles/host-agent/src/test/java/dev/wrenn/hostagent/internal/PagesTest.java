package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.snapshot.internal.TestSnapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.PagedMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a page server has of a capsule goes with the capsule, whoever of host and page server is there first, or dies in between. */
class PagesTest {
  private static final long MEMORY = 64L << 20;
  @TempDir Path directory;

  private static Deadline soon() {
    return Deadline.after(Rig.SOON);
  }

  @Test
  void whatWasOpenedGoesWithTheCapsule() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      SimPages pages = begin(rig, snapshots);
      HostAgent host = rig.start();
      resumed(host);
      assertEquals(Set.of(new PlanId("cl-a", 1)), pages.known(soon()));
      host.pause("cl-a", Rig.SOON);
      assertEquals(Set.of(), pages.known(soon()));
      host.resume("cl-a", false, Rig.SOON);
      rig.pages.unset(pages);
      host.destroy("cl-a", Rig.SOON);
      assertEquals(Set.of(new PlanId("cl-a", 1)), pages.known(soon()));
      rig.pages.set(pages);
      Rig.until("nothing at the page server", () -> pages.known(soon()).isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource({"after pages,true", "after memory,true", "after restore,true", "before commit,true", "after pages,false", "before commit,false"})
  void whatASigkillLeavesOfAResumeByPagesIsRemoved(String where, boolean serverFirst) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    boolean[] armed = {false};
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      SimPages pages = begin(rig, snapshots);
      rig.faults = (step, id) -> {
        if (armed[0] && step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.pause("cl-a", Rig.SOON);
      armed[0] = true;
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.resume("cl-a", false, Duration.ofMinutes(5))));
      reached.await();
      assertEquals(Set.of(new PlanId("cl-a", 1)), pages.known(soon()));
      Rig heir = rig.crashed(directory.resolve("second"));
      heir.settings = rig.settings;
      heir.snapshots.set(snapshots.service());
      if (serverFirst) {
        heir.pages.set(pages);
      }
      HostAgent next = heir.start();
      Rig.until("a paused capsule and nothing else", () -> next.find("cl-a").orElseThrow().state() == State.PAUSED && heir.leftovers().isEmpty());
      heir.pages.set(pages);
      Rig.until("nothing at the page server", () -> pages.known(soon()).isEmpty());
      next.resume("cl-a", false, Rig.SOON);
      assertEquals(Set.of(new PlanId("cl-a", 1)), pages.known(soon()));
      heir.stop();
    }
  }

  @Test
  void whatASigkillLeavesOfACreateByPagesIsRemoved() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Rig rig = new Rig(directory.resolve("first")); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      SimPages pages = begin(rig, snapshots);
      rig.faults = (step, id) -> {
        if (id.capsule().equals("cl-b") && step.equals("after pages")) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.template("cl-a", "saved", Rig.SOON);
      CapsuleOrder order = new CapsuleOrder("cl-b", "team", "saved", 1, 64, 0, Duration.ZERO, "root", Map.of(), false);
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.create(order, Duration.ofMinutes(5))));
      reached.await();
      assertEquals(Set.of(new PlanId("cl-b", 1)), pages.known(soon()));
      Rig heir = rig.crashed(directory.resolve("second"));
      heir.settings = rig.settings;
      heir.snapshots.set(snapshots.service());
      heir.pages.set(pages);
      HostAgent next = heir.start();
      Rig.until("nothing at the page server", () -> pages.known(soon()).isEmpty());
      assertEquals(State.ERROR, next.find("cl-b").orElseThrow().state());
      heir.stop();
    }
  }

  @Test
  void ofWhomNoCapsuleIsKnownNothingStaysAndTheOthersKeepTheirs() throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      SimPages pages = begin(rig, snapshots);
      resumed(rig.start());
      rig.stop();
      pages.open(new PlanId("cl-a", 2), null, Optional.empty(), soon());
      pages.open(new PlanId("cl-z", 1), null, Optional.empty(), soon());
      rig.start();
      Rig.until("what is needed and nothing else", () -> pages.known(soon()).equals(Set.of(new PlanId("cl-a", 1))));
    }
  }

  /** It is told late when somebody had the turn. */
  @ParameterizedTest
  @EnumSource(names = {"COMPLETE", "LOST"})
  void whatBecameOfAnEarlierDeliveryChangesNothingOfTheNextOne(PagedMemory.Kind kind) throws Exception {
    try (Rig rig = new Rig(directory); TestSnapshots snapshots = new TestSnapshots(directory.resolve("snapshots"))) {
      SimPages pages = begin(rig, snapshots);
      HostAgent host = rig.start();
      resumed(host);
      host.pause("cl-a", Rig.SOON);
      host.resume("cl-a", false, Rig.SOON);
      pages.ends().getFirst().complete(new PagedMemory.End(kind, "over"));
      assertEquals(State.RUNNING, host.find("cl-a").orElseThrow().state());
      assertFalse(isWhole(rig));
      pages.ends().getLast().complete(new PagedMemory.End(kind, "over"));
      assertEquals(kind == PagedMemory.Kind.LOST ? State.ERROR : State.RUNNING, host.find("cl-a").orElseThrow().state());
      assertEquals(kind == PagedMemory.Kind.COMPLETE, isWhole(rig));
    }
  }

  private static boolean isWhole(Rig rig) {
    return rig.host.capsules().find("cl-a").orElseThrow().record().facts().containsKey("memory_whole");
  }

  private SimPages begin(Rig rig, TestSnapshots snapshots) throws Exception {
    SimPages pages = SimPages.at(directory.resolve("pages"), MEMORY);
    rig.settings = all -> new HostSettings(all.directory(), all.hostId(), all.guest(), all.agentPort(), all.shares(), all.limits(), all.records(),
        all.parallelBoots(), all.adoptions(), all.idleCheck(), all.goDown(), all.sampling(), all.drivers(), all.warm(),
        new HostSettings.Memory("PAGED", Duration.ofMillis(50)));
    rig.snapshots.set(snapshots.service());
    rig.pages.set(pages);
    return pages;
  }

  private static void resumed(HostAgent host) throws HostException {
    host.create(Rig.order("cl-a"), Rig.SOON);
    host.pause("cl-a", Rig.SOON);
    host.resume("cl-a", false, Rig.SOON);
  }
}
