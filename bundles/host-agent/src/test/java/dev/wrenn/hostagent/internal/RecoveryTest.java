package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostAgent.DriverStatus;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes.Signal;
import dev.wrenn.process.ProcessSelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryTest {
  @TempDir Path directory;
  private Rig rig;
  private HostAgent host;

  @BeforeEach
  void start() throws Exception {
    rig = new Rig(directory.resolve("host1"));
    host = rig.start();
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
  }

  @Test
  void runningCapsulesSurviveAStopAndAStart() throws Exception {
    HostedCapsule before = host.create(Rig.order("cl-a"), Rig.SOON);
    host = rig.restart();
    HostedCapsule after = host.find("cl-a").orElseThrow();
    assertEquals(State.RUNNING, after.state());
    assertEquals(before.address(), after.address());
    assertEquals("x\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "x")));
    assertEquals(1, host.status().capsules());
    Rig.until("its end is watched", () -> host.status().problems().isEmpty() && adopted("cl-a"));
    rig.kill("cl-a");
    Rig.until("an error", () -> host.find("cl-a").orElseThrow().state() == State.ERROR);
  }

  @Test
  void runningCapsulesSurviveASigkillWithATornJournal() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    host.create(Rig.order("cl-b"), Rig.SOON);
    Rig heir = rig.crashed(directory.resolve("host2"));
    Files.writeString(heir.directory.resolve("host/journal"), "deadbeef 99 {\"type\":\"gone\",\"id\":\"cl-", StandardOpenOption.APPEND);
    HostAgent next = heir.start();
    assertEquals("b\n", Rig.output(next.processes("cl-b"), ProcessSpec.of("echo", "b")));
    next.destroy("cl-a", Rig.SOON);
    next.destroy("cl-b", Rig.SOON);
    assertEquals(Set.of(), rig.leftovers());
    heir.stop();
  }

  @Test
  void aCapsuleThatDiedWhileTheHostWasDownIsInErrorAndReleased() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    rig.stop();
    rig.kill("cl-a");
    host = rig.start();
    Rig.until("an error", () -> host.find("cl-a").orElseThrow().state() == State.ERROR && rig.leftovers().isEmpty());
    assertTrue(host.find("cl-a").orElseThrow().failure().orElseThrow().reason().contains("gone"));
    Rig.until("an empty book", () -> host.status().capsules() == 0);
  }

  @Test
  void aCrashIsSeenWithinASecondAndReleasesAll() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    long began = System.nanoTime();
    rig.kill("cl-a");
    Rig.until("an error", () -> host.find("cl-a").orElseThrow().state() == State.ERROR);
    assertTrue(System.nanoTime() - began < 1_000_000_000L, "it took more than a second");
    assertEquals("running", host.find("cl-a").orElseThrow().failure().orElseThrow().step());
    Rig.until("nothing left", () -> rig.leftovers().isEmpty() && host.status().capsules() == 0);
    host.destroy("cl-a", Rig.SOON);
    assertTrue(host.find("cl-a").isEmpty());
  }

  @Test
  void streamsSurviveTheSwapOfADriver() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    try (ProcessStream stream = host.processes("cl-a").start(ProcessSpec.of("sleep", "60"))) {
      long pid = ((ProcessEvent.Started) stream.next().orElseThrow()).pid();
      rig.removeHypervisor();
      assertEquals(State.RUNNING, host.find("cl-a").orElseThrow().state());
      assertEquals("meanwhile\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "meanwhile")));
      assertEquals(HostException.Code.UNAVAILABLE,
          CreateDestroyTest.failure(() -> host.create(Rig.order("cl-b"), Duration.ofSeconds(1))).code());
      rig.addHypervisor();
      Rig.until("adoption", () -> adopted("cl-a"));
      host.processes("cl-a").signal(new ProcessSelector.Pid(pid), Signal.KILL);
      assertTrue(stream.next().orElseThrow() instanceof ProcessEvent.Ended);
    }
    rig.kill("cl-a");
    Rig.until("the new driver sees a crash", () -> host.find("cl-a").orElseThrow().state() == State.ERROR);
  }

  @Test
  void aDestroyWaitsForADriverThatIsBeingReplaced() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    rig.removeHypervisor();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> destroy = threads.submit(() -> {
        host.destroy("cl-a", Rig.SOON);
        return null;
      });
      Rig.until("it has begun", () -> host.find("cl-a").orElseThrow().state() == State.STOPPING);
      assertFalse(destroy.isDone());
      rig.addHypervisor();
      destroy.get();
    }
    assertEquals(Set.of(), rig.leftovers());
  }

  @Test
  void aDestroyWithoutItsDriverIsFinishedWhenThatComesBack() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    rig.removeHypervisor();
    assertEquals(HostException.Code.UNAVAILABLE, CreateDestroyTest.failure(() -> host.destroy("cl-a", Rig.SOON)).code());
    Rig.until("it is told", () -> host.status().problems().stream().anyMatch(words -> words.contains("cl-a")));
    rig.addHypervisor();
    Rig.until("it is gone", () -> host.find("cl-a").isEmpty() && rig.leftovers().isEmpty());
  }

  @Test
  void driversAreTold() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    DriverStatus told = host.drivers().stream().filter(driver -> driver.kind().equals("hypervisor")).findFirst().orElseThrow();
    assertEquals(1, told.capsules());
    assertTrue(told.preferred() && told.usable().orElseThrow());
    assertTrue(host.probe("hypervisor", "sim", Rig.SOON).usable().orElseThrow());
    assertEquals(HostException.Code.NOT_FOUND, CreateDestroyTest.failure(() -> host.probe("hypervisor", "none", Rig.SOON)).code());
  }

  private boolean adopted(String capsule) {
    return rig.host.capsules().find(capsule).orElseThrow().parts().complete();
  }
}
