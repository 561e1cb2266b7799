package dev.wrenn.hostagent.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdleTest {
  private static final Duration IDLE = Duration.ofMillis(300);
  @TempDir Path directory;

  @Test
  void anIdleCapsuleIsEndedWithTheReasonAndKeptOnRecord() throws Exception {
    try (Rig rig = new Rig(directory)) {
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a", IDLE), Rig.SOON);
      Rig.until("it is ended", () -> host.find("cl-a").orElseThrow().state() == State.STOPPED);
      HostedCapsule ended = host.find("cl-a").orElseThrow();
      assertEquals("idle", ended.failure().orElseThrow().step());
      assertEquals(Set.of(), rig.leftovers());
      assertEquals(State.STOPPED, rig.restart().find("cl-a").orElseThrow().state());
    }
  }

  @Test
  void useAndRunningProcessesKeepItAlive() throws Exception {
    try (Rig rig = new Rig(directory)) {
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a", IDLE), Rig.SOON);
      Instant detached;
      try (ProcessStream stream = host.processes("cl-a").start(ProcessSpec.of("sleep", "1"))) {
        assertTrue(stream.next().orElseThrow() instanceof ProcessEvent.Started);
        detached = Instant.now();
      }
      Rig.until("it is ended", () -> host.find("cl-a").orElseThrow().state() == State.STOPPED);
      Duration lived = Duration.between(detached, Instant.now());
      assertTrue(lived.compareTo(Duration.ofMillis(1200)) >= 0, "it was ended while its process ran, after " + lived);

      host.create(Rig.order("cl-b", IDLE), Rig.SOON);
      for (Instant end = Instant.now().plus(IDLE.multipliedBy(3)); Instant.now().isBefore(end); ) {
        host.touch("cl-b");
        Thread.sleep(20);
      }
      assertEquals(State.RUNNING, host.find("cl-b").orElseThrow().state());
    }
  }

  @Test
  void theLastUseIsKnownAfterARestart() throws Exception {
    try (Rig rig = new Rig(directory)) {
      HostAgent host = rig.start();
      host.create(Rig.order("cl-a"), Rig.SOON);
      Instant used = Instant.now().plus(Duration.ofMillis(200));
      Rig.until("some time passes", () -> Instant.now().isAfter(used));
      host.touch("cl-a");
      Rig.until("it is noted", () -> rig.host.capsules().find("cl-a").orElseThrow().record().lastActiveAt().orElseThrow().isAfter(used));
      Instant known = rig.restart().find("cl-a").orElseThrow().lastActiveAt().orElseThrow();
      assertTrue(known.isAfter(used.minus(Duration.ofMillis(50))), known + " against " + used);
    }
  }
}
