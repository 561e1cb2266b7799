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
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateDestroyTest {
  @TempDir Path directory;
  private Rig rig;
  private HostAgent host;

  @BeforeEach
  void start() throws Exception {
    rig = new Rig(directory);
    host = rig.start();
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
  }

  @Test
  void aCapsuleIsMadeUsedAndEnded() throws Exception {
    List<HostedCapsule> events = new ArrayList<>();
    CountDownLatch ended = new CountDownLatch(4);
    try (AutoCloseable watch = host.watch(event -> {
      events.add(event);
      ended.countDown();
    })) {
      HostedCapsule made = host.create(Rig.order("cl-a"), Rig.SOON);
      assertEquals(State.RUNNING, made.state());
      assertTrue(made.address().orElseThrow().startsWith("127."));
      assertEquals(Set.of("admission", "journal", "disk", "network", "boot", "agent", "commit"),
          Set.copyOf(made.steps().stream().map(HostedCapsule.Step::name).filter(name -> !name.equals("drivers")).toList()));
      assertEquals("sim", made.facts().get("hypervisor"));
      assertEquals("6.1-test", made.facts().get("kernel_version"));
      assertEquals("hello\n", Rig.output(host.processes("cl-a"), ProcessSpec.of("echo", "hello")));
      assertEquals(3 + 1, rig.leftovers().size());

      host.destroy("cl-a", Rig.SOON);
      assertEquals(Set.of(), rig.leftovers());
      assertTrue(host.find("cl-a").isEmpty());
      assertEquals(0, host.status().cpuUsed() + host.status().memoryUsedMib() + host.status().capsules());
      ended.await();
    }
    assertEquals(List.of(State.STARTING, State.RUNNING, State.STOPPING, State.STOPPED), events.stream().map(HostedCapsule::state).toList());
    assertTrue(events.get(0).sequence() < events.get(1).sequence() && events.get(2).sequence() < events.get(3).sequence());
    host.destroy("cl-a", Rig.SOON);
    host.destroy("cl-never", Rig.SOON);
    rig.stop();
    assertTrue(rig.journal().lines().toList().getLast().contains("\"gone\""), rig.journal());
    rig.start();
  }

  @Test
  void noSecretStandsInTheJournal() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    assertFalse(rig.journal().contains("very-secret"), rig.journal());
    Path state = directory.resolve("host");
    for (String file : List.of("journal", "secret", "journal.lock")) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve(file))), file);
    }
    HostAgent again = rig.restart();
    assertEquals(Map.of(), again.find("cl-a").orElseThrow().order().env());
    assertEquals(again.find("cl-a").orElseThrow().sequence(), again.create(Rig.order("cl-a"), Rig.SOON).sequence());
    CapsuleOrder one = Rig.order("cl-a");
    CapsuleOrder other = new CapsuleOrder(one.id(), one.team(), one.image(), one.vcpus(), one.memoryMib(), one.diskMib(), one.idleTimeout(),
        one.defaultUser(), Map.of("KEY", "another-secret"), one.egress());
    assertEquals(Code.CONFLICT, assertThrows(HostException.class, () -> again.create(other, Rig.SOON)).code());
  }

  @Test
  void theSameOrderGivesTheSameCapsuleAndAnotherOneIsAConflict() throws Exception {
    HostedCapsule first = host.create(Rig.order("cl-a"), Rig.SOON);
    assertEquals(first.sequence(), host.create(Rig.order("cl-a"), Rig.SOON).sequence());
    CapsuleOrder other = new CapsuleOrder("cl-a", "team", "minimal", 2, 64, 0, Duration.ZERO, "root", Map.of(), false);
    assertEquals(Code.CONFLICT, failure(() -> host.create(other, Rig.SOON)).code());
    assertEquals(first.sequence(), rig.restart().create(Rig.order("cl-a"), Rig.SOON).sequence());
  }

  @Test
  void manyCreatesOfOneIdMakeOneCapsule() throws Exception {
    List<Callable<HostedCapsule>> creates = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      creates.add(() -> host.create(Rig.order("cl-a"), Rig.SOON));
    }
    Set<Long> sequences = new java.util.HashSet<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<HostedCapsule> made : threads.invokeAll(creates)) {
        sequences.add(made.get().sequence());
      }
    }
    assertEquals(1, sequences.size());
    assertEquals(4, rig.leftovers().size());
  }

  @Test
  void createsAndDestroysOfTheSameIdsSideBySideLeaveNothing() throws Exception {
    List<Callable<Void>> work = new ArrayList<>();
    ConcurrentLinkedQueue<HostException> odd = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 120; i++) {
      String id = "cl-" + i % 6;
      boolean create = i % 3 != 0;
      work.add(() -> {
        try {
          if (create) {
            host.create(Rig.order(id), Rig.SOON);
          } else {
            host.destroy(id, Rig.SOON);
          }
        } catch (HostException e) {
          if (!Set.of(Code.WRONG_STATE, Code.UNAVAILABLE).contains(e.code())) {
            odd.add(e);
          }
        }
        return null;
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
    }
    assertEquals(List.of(), List.copyOf(odd));
    for (int i = 0; i < 6; i++) {
      host.destroy("cl-" + i, Rig.SOON);
    }
    assertEquals(Set.of(), rig.leftovers());
    assertEquals(0, host.status().capsules());
  }

  @Test
  void destroyBreaksACreateOffAndWaitsForItsUndo() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    rig.close();
    rig = new Rig(directory.resolve("other"));
    rig.faults = (step, id) -> {
      if (step.equals("before agent")) {
        reached.countDown();
        hang();
      }
    };
    host = rig.start();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<HostedCapsule> create = threads.submit(() -> host.create(Rig.order("cl-a"), Rig.SOON));
      reached.await();
      host.destroy("cl-a", Rig.SOON);
      assertEquals(Set.of(), rig.leftovers());
      HostException why = (HostException) assertThrows(ExecutionException.class, create::get).getCause();
      assertEquals(Code.WRONG_STATE, why.code());
    }
    assertTrue(host.find("cl-a").isEmpty());
  }

  @Test
  void ordersThatCannotBeMetAreRefusedAndLeaveNoRecord() throws Exception {
    assertEquals(Code.INVALID, failure(() -> host.create(Rig.order("../etc"), Rig.SOON)).code());
    HostException none = failure(() -> host.create(image("cl-a", "none"), Rig.SOON));
    assertEquals(Code.NOT_FOUND, none.code());
    assertTrue(none.getMessage().contains("none"), none.getMessage());
    assertEquals(Code.INVALID, failure(() -> host.create(image("cl-a", "../../etc"), Rig.SOON)).code());
    rig.image("broken", 77);
    assertEquals(Code.FAILED, failure(() -> host.create(image("cl-a", "broken"), Rig.SOON)).code());
    CapsuleOrder huge = new CapsuleOrder("cl-a", "team", "minimal", 1, Integer.MAX_VALUE, 0, Duration.ZERO, "root", Map.of(), false);
    HostException full = failure(() -> host.create(huge, Rig.SOON));
    assertEquals(Code.NO_CAPACITY, full.code());
    assertTrue(full.getMessage().contains("memory: needs"), full.getMessage());
    assertEquals(List.of(), host.list());
    assertEquals(0, host.status().capsules());
    host.create(Rig.order("cl-a"), Rig.SOON);
  }

  @Test
  void statusSaysWhatIsThereAndWhatIsWrong() throws Exception {
    rig.image("broken", 77);
    host.create(Rig.order("cl-a"), Rig.SOON);
    var status = host.status();
    assertTrue(status.accepting(), status.problems().toString());
    assertEquals(List.of("minimal"), status.images().stream().map(image -> image.name()).toList());
    assertTrue(status.problems().stream().anyMatch(problem -> problem.contains("'broken'")), status.problems().toString());
    assertEquals(1, status.capsules());
    assertEquals(64, status.memoryUsedMib());
    rig.removeHypervisor();
    assertFalse(host.status().accepting());
    HostException missing = failure(() -> host.create(Rig.order("cl-b"), Duration.ofSeconds(1)));
    assertEquals(Code.UNAVAILABLE, missing.code());
    assertTrue(missing.getMessage().contains("hypervisor"), missing.getMessage());
    rig.addHypervisor();
  }

  @Test
  void streamsEndWhenTheirCapsuleEnds() throws Exception {
    host.create(Rig.order("cl-a"), Rig.SOON);
    Processes processes = host.processes("cl-a");
    try (ProcessStream stream = processes.start(ProcessSpec.of("sleep", "60"))) {
      stream.next();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<?> next = threads.submit(stream::next);
        host.destroy("cl-a", Rig.SOON);
        GuestException gone = (GuestException) assertThrows(ExecutionException.class, next::get).getCause();
        assertEquals(GuestException.Code.UNAVAILABLE, gone.code());
      }
    }
    assertEquals(GuestException.Code.UNAVAILABLE, assertThrows(GuestException.class, processes::list).code());
    assertEquals(Code.NOT_FOUND, failure(() -> host.touch("cl-a")).code());
  }

  private static CapsuleOrder image(String id, String image) {
    return new CapsuleOrder(id, "team", image, 1, 64, 0, Duration.ZERO, "root", Map.of(), false);
  }

  static void hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while hanging", e);
    }
  }

  static HostException failure(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(HostException.class, call);
  }
}
