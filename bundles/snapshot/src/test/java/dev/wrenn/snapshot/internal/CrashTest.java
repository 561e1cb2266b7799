package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.SnapshotId.Kind;
import dev.wrenn.snapshot.internal.FaultyFiles.Fault;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One life of a capsule and a template, broken off at each of its changes of the file system in turn: by a kill, by a power cut, by a
 * full disk. What counted before counts still, or what came next does, whole.
 */
class CrashTest {
  private static final Deadline LONG = Deadline.after(Duration.ofHours(1));
  private static final String CAPSULE = "capsule";
  private static final int ENDLESS = 1_000_000;
  @TempDir(factory = MemoryDirectory.class) Path directory;

  /** One step of the life. */
  private interface Step {
    void run() throws IOException;
  }

  /** The life, and what is known of it from outside. */
  private final class Life {
    final FaultyFiles files;
    final Path root;
    final Random random = new Random(7);
    /** What each snapshot holds; written before it is begun. */
    final Map<SnapshotId, byte[]> contents = new HashMap<>();
    /** The newest that was published to the caller. */
    final Map<String, SnapshotId> published = new HashMap<>();
    /** The one that is being published, or removed. */
    SnapshotId doubtful;
    SnapshotStore store;
    Machine machine = new Machine(100);

    Life(String name) throws IOException {
      root = directory.resolve(name);
      files = new FaultyFiles(directory.resolve(name + "-graves"));
      store = StoreRig.open(root, files);
    }

    List<Step> steps() {
      List<Step> steps = new ArrayList<>();
      steps.add(() -> take(Kind.PAUSE, CAPSULE, 1));
      steps.add(() -> resume(CAPSULE));
      for (int generation = 2; generation <= 5; generation++) {
        int next = generation;
        steps.add(() -> take(Kind.PAUSE, CAPSULE, next));
        steps.add(() -> store.release(CAPSULE));
        steps.add(() -> store.tidy());
        steps.add(() -> resume(CAPSULE));
        if (generation == 3) {
          steps.add(() -> store.flatten(machine.startedFrom.orElseThrow(), LONG));
          steps.add(() -> take(Kind.TEMPLATE, "template", 1));
        }
      }
      steps.add(() -> remove(new SnapshotId(Kind.TEMPLATE, "template", 1)));
      steps.add(() -> store.tidy());
      return steps;
    }

    void take(Kind kind, String owner, int generation) throws IOException {
      SnapshotId id = new SnapshotId(kind, owner, generation);
      if (!contents.containsKey(id)) {
        machine.work(random, 6);
        contents.put(id, machine.memory.clone());
      }
      doubtful = id;
      machine.snapshot(store, id, new Random(generation));
      published.put(owner, id);
      doubtful = null;
    }

    void remove(SnapshotId id) throws IOException {
      doubtful = id;
      store.remove(id);
      published.remove(id.owner());
      doubtful = null;
    }

    void resume(String owner) throws IOException {
      Snapshot snapshot = store.lease(published.get(owner), owner);
      machine = new Machine(contents.get(snapshot.id()), snapshot.manifest().memory().map());
    }

    /** What is found is what was published last, or what was just then being published or removed. */
    void check() throws IOException {
      for (String owner : List.of(CAPSULE, "template")) {
        Kind kind = owner.equals(CAPSULE) ? Kind.PAUSE : Kind.TEMPLATE;
        Optional<Snapshot> found = store.find(kind, owner);
        boolean inDoubt = doubtful != null && doubtful.owner().equals(owner);
        if (found.isEmpty()) {
          assertTrue(inDoubt || !published.containsKey(owner), owner + " is lost");
        } else {
          SnapshotId id = found.get().id();
          assertTrue(id.equals(published.get(owner)) || inDoubt && id.equals(doubtful), id + " instead of " + published.get(owner));
          assertArrayEquals(contents.get(id), Machine.read(store, found.get().manifest().memory().map(), random));
        }
      }
      for (var leased : store.leases().values()) {
        for (Digest map : leased) {
          store.open(map).close();
        }
      }
      StoreRig.assertNothingLeaked(store);
    }

    /** The next start, and that it can go on. */
    void restart(boolean powerWasCut) throws IOException {
      store.close();
      files.arm(Fault.NONE, 0);
      store = StoreRig.open(root, files, powerWasCut ? "next boot" : "boot");
      assertTrue(!powerWasCut || store.leases().isEmpty(), "a lease without a microVM");
      check();
      // The host ends what it can't take over: the capsule's lease goes, and a new life begins.
      store.release(CAPSULE);
      SnapshotId next = new SnapshotId(Kind.PAUSE, CAPSULE, 100);
      contents.put(next, machine.memory.clone());
      Optional<Snapshot> found = store.find(Kind.PAUSE, CAPSULE);
      Machine again = found.isPresent() ? new Machine(contents.get(found.get().id()), found.get().manifest().memory().map()) : new Machine(40);
      again.work(random, 5);
      contents.put(next, again.memory.clone());
      again.snapshot(store, next, random);
      published.put(CAPSULE, next);
      StoreRig.assertNothingLeaked(store);
      assertArrayEquals(contents.get(next), Machine.read(store, store.find(Kind.PAUSE, CAPSULE).orElseThrow().manifest().memory().map(), random));
      store.close();
    }
  }

  @Test
  void aKillAtAnyPointLeavesTheOldOrTheNewAndNothingElse() throws Exception {
    int operations = everywhere("kill", operation -> {
      Life life = new Life("kill-" + operation);
      if (!runUntilStruck(life, operation)) {
        return false;
      }
      life.restart(false);
      return true;
    });
    assertTrue(operations > 200, "only " + operations + " changes of the file system");
  }

  @Test
  void aPowerCutAtAnyPointLosesNothingThatWasSaidToBeThere() throws Exception {
    everywhere("power", operation -> {
      Life life = new Life("power-" + operation);
      if (!runUntilStruck(life, operation)) {
        return false;
      }
      life.files.cutPower(new Random(31L * operation));
      life.restart(true);
      return true;
    });
  }

  @Test
  void aFullDiskAtAnyPointIsSaidAndLeavesEverythingAsItWas() throws Exception {
    int operations = everywhere("full", operation -> {
      Life life = new Life("full-" + operation);
      life.files.arm(Fault.FULL, operation);
      for (Step step : life.steps()) {
        try {
          step.run();
        } catch (SnapshotException e) {
          assertEquals(Code.NO_SPACE, e.code(), e.toString());
        }
        if (life.files.struck()) {
          life.files.arm(Fault.NONE, 0);
          life.doubtful = null;
          life.check();
          step.run();
        }
      }
      boolean over = !life.files.everStruck();
      life.files.arm(Fault.NONE, 0);
      life.check();
      life.store.close();
      return !over;
    });
    assertTrue(operations > 60, "only " + operations + " changes of the file system take room");
  }

  private interface At {
    /** @return false when the life is over before */
    boolean run(int operation) throws Exception;
  }

  private static int everywhere(String what, At test) throws Exception {
    for (int operation = 1; operation < ENDLESS; operation++) {
      try {
        if (!test.run(operation)) {
          return operation;
        }
      } catch (Exception | AssertionError e) {
        throw new AssertionError(what + " at operation " + operation, e);
      }
    }
    throw new AssertionError("the life has no end");
  }

  private static boolean runUntilStruck(Life life, int operation) {
    life.files.arm(Fault.KILLED, operation);
    try {
      for (Step step : life.steps()) {
        step.run();
        if (life.files.struck()) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return life.files.struck();
    }
  }
}
