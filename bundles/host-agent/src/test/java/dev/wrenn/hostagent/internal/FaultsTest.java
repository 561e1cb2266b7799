package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.process.ProcessSpec;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** At every step of a create and of a destroy: what fails there, or dies there, leaves nothing behind and a capsule in a defined state. */
class FaultsTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"before journal", "after journal", "before disk", "after disk", "before network", "after network", "before boot",
      "after boot", "before agent", "after agent", "before commit"})
  void aFailedStepIsUndone(String where) throws Exception {
    try (Rig rig = new Rig(directory)) {
      rig.faults = (step, id) -> {
        if (step.equals(where) && id.generation() == 1) {
          throw new IllegalStateException("fault " + where);
        }
      };
      HostAgent host = rig.start();
      HostException failure = assertThrows(HostException.class, () -> host.create(Rig.order("cl-a"), Rig.SOON));
      assertEquals(where.split(" ")[1], failure.step());
      assertTrue(failure.getMessage().contains("fault " + where), failure.getMessage());
      assertEquals(Set.of(), rig.leftovers());
      HostedCapsule record = host.find("cl-a").orElseThrow();
      assertEquals(State.ERROR, record.state());
      assertEquals(where.split(" ")[1], record.failure().orElseThrow().step());
      assertEquals(0, host.status().capsules());

      assertEquals(State.ERROR, rig.restart().find("cl-a").orElseThrow().state());
      rig.api().create(Rig.order("cl-a"), Rig.SOON);
      assertEquals("again\n", Rig.output(rig.api().processes("cl-a"), ProcessSpec.of("echo", "again")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before disk", "after disk", "before network", "after network", "before boot", "after boot", "before agent",
      "after agent", "before commit"})
  void whatASigkillLeavesOfACreateIsRemovedAtTheNextStart(String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Rig rig = new Rig(directory.resolve("first"))) {
      rig.faults = (step, id) -> {
        if (step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = rig.start();
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.create(Rig.order("cl-a"), Rig.SOON)));
      reached.await();
      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = heir.start();
      Rig.until("an empty host", () -> next.find("cl-a").isPresent() && heir.leftovers().isEmpty());
      assertEquals(State.ERROR, next.find("cl-a").orElseThrow().state());
      assertTrue(next.find("cl-a").orElseThrow().failure().orElseThrow().reason().contains("host stopped"));
      Rig.until("an empty book", () -> next.status().capsules() == 0);
      heir.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before kill", "after kill", "before release", "after release", "before delete", "after delete"})
  void aDestroyThatFailsIsTriedAgainUntilItIsDone(String where) throws Exception {
    AtomicInteger faults = new AtomicInteger();
    try (Rig rig = new Rig(directory)) {
      rig.faults = (step, id) -> {
        if (step.equals(where) && faults.incrementAndGet() <= 3) {
          throw new IllegalStateException("fault " + where);
        }
      };
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      HostException failure = assertThrows(HostException.class, () -> host.destroy("cl-a", Rig.SOON));
      assertEquals(where.split(" ")[1], failure.step());
      Rig.until("nothing left", () -> host.find("cl-a").isEmpty());
      assertEquals(Set.of(), rig.leftovers());
      assertTrue(faults.get() >= (where.startsWith("before") ? 3 : 1), faults + " tries");
      assertEquals(0, host.status().capsules());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"before kill", "after kill", "before release", "before delete", "after delete"})
  void whatASigkillLeavesOfADestroyIsEndedAtTheNextStart(String where) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    try (Rig rig = new Rig(directory.resolve("first"))) {
      rig.faults = (step, id) -> {
        if (step.equals(where)) {
          reached.countDown();
          CreateDestroyTest.hang();
        }
      };
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      host.create(Rig.order("cl-b"), Rig.SOON);
      Thread.ofVirtual().start(() -> assertThrows(HostException.class, () -> host.destroy("cl-a", Rig.SOON)));
      reached.await();
      Rig heir = rig.crashed(directory.resolve("second"));
      HostAgent next = heir.start();
      Rig.until("one capsule", () -> next.find("cl-a").isEmpty() && heir.leftovers().size() == 4);
      assertEquals("there\n", Rig.output(next.processes("cl-b"), ProcessSpec.of("echo", "there")));
      heir.stop();
    }
  }
}
