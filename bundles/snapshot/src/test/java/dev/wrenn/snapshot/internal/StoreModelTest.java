package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.SnapshotId.Kind;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random lives of capsules and templates against plain byte arrays: what was stored is what comes back, and nothing else stays. */
class StoreModelTest {
  private static final Deadline LONG = Deadline.after(Duration.ofHours(1));
  @TempDir(factory = MemoryDirectory.class) Path directory;

  /** Everything that one seed does. */
  private final class Life {
    private final Random random;
    private final Path root;
    private final FileWork files;
    private final Map<SnapshotId, byte[]> stored = new TreeMap<>(java.util.Comparator.comparing(SnapshotId::toString));
    private final Map<String, Machine> running = new TreeMap<>();
    private SnapshotStore store;
    private int captures;

    Life(int seed) throws IOException {
      random = new Random(seed);
      root = directory.resolve("seed-" + seed);
      files = new FaultyFiles(directory.resolve("graves-" + seed));
      store = StoreRig.open(root, files);
    }

    void live(int steps) throws IOException {
      for (int i = 0; i < steps; i++) {
        switch (random.nextInt(12)) {
          case 0, 1 -> boot();
          case 2, 3, 4 -> pause();
          case 5, 6, 7 -> resume();
          case 8 -> template();
          case 9 -> store.tidy();
          case 10 -> flatten();
          default -> lessOften();
        }
      }
      check();
      for (SnapshotId id : List.copyOf(stored.keySet())) {
        store.remove(id);
      }
      for (String capsule : running.keySet()) {
        store.release(capsule);
      }
      StoreRig.assertNothingLeaked(store);
      assertEquals(Set.of(), StoreRig.names(store.layout().layers()));
      store.close();
    }

    private void boot() {
      if (running.size() < 4) {
        Machine machine = new Machine(1 + random.nextInt(random.nextInt(4) == 0 ? 700 : 90));
        machine.work(random, random.nextInt(12));
        running.putIfAbsent("capsule-" + random.nextInt(6), machine);
      }
    }

    private void pause() throws IOException {
      if (running.isEmpty()) {
        return;
      }
      String capsule = pick(running.keySet());
      Machine machine = running.get(capsule);
      machine.work(random, random.nextInt(12));
      take(Kind.PAUSE, capsule, machine);
      if (random.nextInt(4) > 0) {
        running.remove(capsule);
        store.release(capsule);
      }
    }

    private void template() throws IOException {
      if (!running.isEmpty()) {
        take(Kind.TEMPLATE, "template-" + random.nextInt(3), running.get(pick(running.keySet())));
      }
    }

    private void take(Kind kind, String owner, Machine machine) throws IOException {
      long generation = store.find(kind, owner).map(snapshot -> snapshot.id().generation()).orElse(0L) + 1;
      SnapshotId id = new SnapshotId(kind, owner, generation);
      Snapshot snapshot = machine.snapshot(store, id, random);
      captures++;
      stored.keySet().removeIf(older -> older.kind() == kind && older.owner().equals(owner));
      stored.put(id, machine.memory.clone());
      assertArrayEquals(machine.memory, Machine.read(store, snapshot.manifest().memory().map(), random));
    }

    private void resume() throws IOException {
      if (stored.isEmpty()) {
        return;
      }
      SnapshotId id = pick(stored.keySet());
      String capsule = id.kind() == Kind.PAUSE ? id.owner() : "capsule-" + random.nextInt(6);
      if (!running.containsKey(capsule)) {
        Snapshot leased = store.lease(id, capsule);
        running.put(capsule, new Machine(stored.get(id), leased.manifest().memory().map()));
      }
    }

    private void flatten() throws IOException {
      if (!stored.isEmpty()) {
        SnapshotId id = pick(stored.keySet());
        Snapshot snapshot = store.find(id.kind(), id.owner()).orElseThrow();
        var image = store.flatten(snapshot.manifest().memory().map(), LONG);
        assertArrayEquals(stored.get(id), Files.readAllBytes(image.file()));
        assertEquals(stored.get(id).length, image.bytes());
      }
    }

    private void lessOften() throws IOException {
      if (random.nextBoolean()) {
        store.close();
        store = StoreRig.open(root, files);
        check();
      } else if (!stored.isEmpty()) {
        SnapshotId id = pick(stored.keySet());
        store.remove(id);
        store.remove(id);
        stored.remove(id);
      }
    }

    private void check() throws IOException {
      StoreRig.assertNothingLeaked(store);
      assertEquals(stored.keySet().stream().map(SnapshotId::toString).toList(), store.list().stream().map(each -> each.id().toString()).sorted().toList());
      for (Snapshot snapshot : store.list()) {
        assertArrayEquals(stored.get(snapshot.id()), Machine.read(store, snapshot.manifest().memory().map(), random));
        assertEquals("state of " + snapshot.id(), Files.readString(snapshot.part(Machine.STATE)));
      }
      for (Machine machine : running.values()) {
        if (machine.startedFrom.isPresent()) {
          store.open(machine.startedFrom.get()).close();
        }
      }
    }

    private <T> T pick(Set<T> from) {
      return new ArrayList<>(from).get(random.nextInt(from.size()));
    }
  }

  @Test
  void whatWasStoredComesBackThroughManyGenerations() throws IOException {
    int captures = 0;
    for (int seed = 0; seed < 60; seed++) {
      Life life = new Life(seed);
      try {
        life.live(60);
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
      captures += life.captures;
    }
    assertTrue(captures > 500, "only " + captures + " captures");
  }
}
