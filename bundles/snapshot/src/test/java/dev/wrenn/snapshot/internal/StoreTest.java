package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.FileBlocks;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.MemoryImage;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.SnapshotId.Kind;
import dev.wrenn.snapshot.Snapshots.Depth;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.memory.PageSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  private static final Deadline LONG = Deadline.after(Duration.ofHours(1));
  private static final int PAGE = PageSink.PAGE;
  @TempDir(factory = MemoryDirectory.class) Path directory;
  private final Random random = new Random(11);
  private SnapshotStore store;

  @BeforeEach
  void open() throws IOException {
    store = StoreRig.open(directory.resolve("store"), new LinuxFiles());
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static SnapshotId pause(String owner, int generation) {
    return new SnapshotId(Kind.PAUSE, owner, generation);
  }

  private static Machine filled(int pages, int seed) {
    Machine machine = new Machine(pages);
    new Random(seed).nextBytes(machine.memory);
    machine.dirty.set(0, pages);
    return machine;
  }

  private static Digest map(Snapshot of) {
    return of.manifest().memory().map();
  }

  @Test
  void aPageThatIsZeroedAfterAResumeStaysZero() throws IOException {
    Snapshot first = filled(10, 1).snapshot(store, pause("c", 1), random);
    try (Draft draft = store.prepare(pause("c", 2), 0)) {
      PageSink sink = draft.memoryOver(map(first), true);
      sink.data(2L * PAGE, ByteBuffer.allocate(PAGE));
      sink.zero(5L * PAGE, 2L * PAGE);
      draft.publish(Machine.details());
    }
    byte[] expected = filled(10, 1).memory;
    for (int page : new int[] {2, 5, 6}) {
      java.util.Arrays.fill(expected, page * PAGE, (page + 1) * PAGE, (byte) 0);
    }
    Snapshot second = store.find(Kind.PAUSE, "c").orElseThrow();
    assertArrayEquals(expected, Machine.read(store, map(second), random));
    assertEquals(1, second.manifest().memory().layers().size(), "zeros are stored nowhere");
  }

  @Test
  void whatEqualsTheParentIsNotStoredAgainWhenCompared() throws IOException {
    Machine machine = filled(600, 2);
    Snapshot first = machine.snapshot(store, pause("c", 1), random);
    machine.memory[300 * PAGE + 5]++;
    for (boolean compare : new boolean[] {true, false}) {
      try (Draft draft = store.prepare(new SnapshotId(Kind.TEMPLATE, "t" + compare, 1), 0)) {
        draft.memoryOver(map(first), compare).data(0, ByteBuffer.wrap(machine.memory));
        Snapshot second = draft.publish(Machine.details());
        assertEquals(compare ? 2 : 1, second.manifest().memory().layers().size());
        assertArrayEquals(machine.memory, Machine.read(store, map(second), random));
      }
    }
    assertEquals(3, StoreRig.names(store.layout().layers()).size());
    assertEquals(600L * PAGE * 2 + PAGE, store.list().stream().flatMap(each -> each.manifest().memory().layers().stream()).distinct().mapToLong(layer -> layer.bytes()).sum());
  }

  @Test
  void theSinkRefusesPagesOutOfOrderOrOutside() throws IOException {
    try (Draft draft = store.prepare(pause("c", 1), 0)) {
      PageSink sink = draft.memory(10L * PAGE);
      sink.data(4L * PAGE, ByteBuffer.allocate(PAGE));
      for (long[] bad : new long[][] {{4L * PAGE, PAGE}, {5L * PAGE + 1, PAGE}, {5L * PAGE, PAGE - 1}, {9L * PAGE, 2L * PAGE}, {-PAGE, PAGE}, {11L * PAGE, 0}}) {
        assertEquals(Code.INVALID, assertThrows(SnapshotException.class, () -> sink.zero(bad[0], bad[1])).code());
        assertEquals(Code.INVALID, assertThrows(SnapshotException.class, () -> sink.data(bad[0], ByteBuffer.allocate((int) bad[1]))).code());
      }
      assertEquals(Code.INVALID, assertThrows(SnapshotException.class, () -> draft.memory(PAGE)).code());
    }
    assertTrue(store.list().isEmpty());
    StoreRig.assertNothingLeaked(store);
  }

  @Test
  void generationsAreTakenOnce() throws IOException {
    filled(3, 1).snapshot(store, pause("c", 2), random);
    assertEquals(Code.CONFLICT, assertThrows(SnapshotException.class, () -> store.prepare(pause("c", 2), 0)).code());
    assertEquals(Code.CONFLICT, assertThrows(SnapshotException.class, () -> store.prepare(pause("c", 1), 0)).code());
    Draft one = store.prepare(pause("c", 3), 0);
    assertEquals(Code.CONFLICT, assertThrows(SnapshotException.class, () -> store.prepare(pause("c", 3), 0)).code());
    Draft faster = store.prepare(pause("c", 4), 0);
    faster.memory(PAGE);
    faster.publish(Machine.details());
    one.memory(PAGE);
    assertEquals(Code.CONFLICT, assertThrows(SnapshotException.class, () -> one.publish(Machine.details())).code());
    assertEquals(4, store.find(Kind.PAUSE, "c").orElseThrow().id().generation());
    assertEquals(Code.INVALID, assertThrows(SnapshotException.class, () -> faster.publish(Machine.details())).code());
    store.prepare(pause("c", 5), 0).close();
    StoreRig.assertNothingLeaked(store);
  }

  @Test
  void roomIsAskedForBeforeAnythingIsFrozen() {
    assertEquals(Code.NO_SPACE, assertThrows(SnapshotException.class, () -> store.prepare(pause("c", 1), Long.MAX_VALUE)).code());
  }

  @Test
  void aDraftDoesNotOutliveItsStore() throws IOException {
    Draft draft = store.prepare(pause("c", 1), 0);
    draft.memory(PAGE);
    close();
    assertEquals(Code.CONFLICT, assertThrows(SnapshotException.class, () -> draft.publish(Machine.details())).code());
    open();
    assertEquals(Optional.empty(), store.find(Kind.PAUSE, "c"));
    StoreRig.assertNothingLeaked(store);
  }

  /** The next instance would clear it away while it gets its name. */
  @Test
  void aStoreIsNotGivenUpWhileADraftIsPublished() throws IOException {
    close();
    Thread[] closing = new Thread[1];
    LinuxFiles files = new LinuxFiles();
    store = StoreRig.open(directory.resolve("store"), (FileWork) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {FileWork.class},
        (self, called, with) -> {
          if (called.getName().equals("rename") && with[1].toString().endsWith("pause/c/1")) {
            closing[0] = Thread.ofPlatform().start(() -> {
              try {
                store.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
            while (!Set.of(Thread.State.WAITING, Thread.State.TERMINATED).contains(closing[0].getState())) {
              Thread.onSpinWait();
            }
            assertEquals(Thread.State.WAITING, closing[0].getState(), "given up before the draft has its name");
          }
          return called.invoke(files, with);
        }));
    filled(3, 1).snapshot(store, pause("c", 1), random);
    assertDoesNotThrow(() -> closing[0].join());
    open();
    assertTrue(store.find(Kind.PAUSE, "c").isPresent());
    StoreRig.assertNothingLeaked(store);
  }

  @Test
  void mergingLeavesTheRoomThatRunningCapsulesNeed() throws IOException {
    Machine machine = filled(50, 1);
    Digest below = map(machine.snapshot(store, pause("c", 1), random));
    for (int generation = 2; generation <= 6; generation++) {
      machine = new Machine(machine.memory, below);
      machine.memory[generation * PAGE]++;
      machine.dirty.set(generation);
      below = map(machine.snapshot(store, pause("c", generation), random));
    }
    close();
    store = StoreRig.open(directory.resolve("store"), new LinuxFiles(), "boot", Long.MAX_VALUE);
    assertEquals(0, store.tidy().merged());
    assertEquals(below, map(store.find(Kind.PAUSE, "c").orElseThrow()));
    close();
    open();
    assertEquals(1, store.tidy().merged());
    assertArrayEquals(machine.memory, Machine.read(store, map(store.find(Kind.PAUSE, "c").orElseThrow()), random));
    StoreRig.assertNothingLeaked(store);
  }

  /** An operator's copies, and what file systems and editors leave. */
  @Test
  void whatIsNotTheStoresOwnIsLeftAlone() throws IOException {
    filled(3, 1).snapshot(store, pause("c", 1), random);
    Layout layout = store.layout();
    List<Path> foreign = List.of(layout.layers().resolve(".nfs0001"), layout.maps().resolve("a.bak"), layout.flats().resolve("README"),
        layout.leases().resolve("note"), layout.of(Kind.PAUSE).resolve("c.bak/1/manifest.json"));
    for (Path file : foreign) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, "mine");
    }
    close();
    open();
    assertEquals(List.of("c"), store.list().stream().map(one -> one.id().owner()).toList());
    assertEquals(Map.of(), store.leases());
    store.remove(Kind.PAUSE, "c");
    assertTrue(store.tidy().removed() > 0, "what nobody needs goes all the same");
    assertTrue(foreign.stream().allMatch(Files::exists));
  }

  @Test
  void aSecondInstanceIsKeptOut() {
    assertEquals(Code.CONFLICT, assertThrows(SnapshotException.class, () -> StoreRig.open(directory.resolve("store"), new LinuxFiles())).code());
  }

  @Test
  void whatIsLeasedStaysWhateverBecomesOfItsSnapshot() throws IOException {
    Machine machine = filled(20, 3);
    SnapshotId id = pause("c", 1);
    Digest map = map(machine.snapshot(store, id, random));
    store.lease(id, "c");
    store.lease(id, "c");
    store.lease(id, "d");
    store.flatten(map, LONG);
    store.remove(id);
    assertEquals(Map.of("c", Set.of(map), "d", Set.of(map)), store.leases());
    StoreRig.assertNothingLeaked(store);
    close();
    open();
    StoreRig.assertNothingLeaked(store);
    assertArrayEquals(machine.memory, Machine.read(store, map, random));
    store.release("c");
    store.release("c");
    store.release("d", map);
    assertEquals(3, store.tidy().removed());
    assertEquals(Optional.empty(), store.flat(map));
    assertEquals(Code.NOT_FOUND, assertThrows(SnapshotException.class, () -> store.open(map)).code());
    assertEquals(Code.NOT_FOUND, assertThrows(SnapshotException.class, () -> store.lease(id, "c")).code());
  }

  @Test
  void anOpenReaderGoesOnThroughMergingAndRemoval() throws IOException {
    Machine machine = filled(50, 4);
    Snapshot snapshot = machine.snapshot(store, pause("c", 1), random);
    List<byte[]> contents = new ArrayList<>(List.of(machine.memory.clone()));
    List<MemoryImage> readers = new ArrayList<>(List.of(store.open(map(snapshot))));
    for (int generation = 2; generation < 9; generation++) {
      Machine next = new Machine(contents.getLast(), map(store.find(Kind.PAUSE, "c").orElseThrow()));
      next.work(random, 4);
      snapshot = next.snapshot(store, pause("c", generation), random);
      contents.add(next.memory.clone());
      readers.add(store.open(map(snapshot)));
      store.tidy();
      assertTrue(store.find(Kind.PAUSE, "c").orElseThrow().manifest().memory().layers().size() <= 3);
    }
    store.remove(pause("c", 8));
    store.tidy();
    for (int i = 0; i < readers.size(); i++) {
      ByteBuffer all = ByteBuffer.allocate(50 * PAGE);
      readers.get(i).read(0, all);
      assertArrayEquals(contents.get(i), all.array());
      readers.get(i).close();
    }
    StoreRig.assertNothingLeaked(store);
    assertEquals(Set.of(), StoreRig.names(store.layout().layers()));
  }

  @Test
  void mergingLeavesTheTemplatesLayerAloneAndKeepsTheFlatImage() throws IOException {
    Machine base = filled(400, 5);
    Snapshot template = base.snapshot(store, new SnapshotId(Kind.TEMPLATE, "t", 1), random);
    Digest below = map(store.lease(template.id(), "c"));
    byte[] memory = base.memory;
    for (int generation = 1; generation <= 3; generation++) {
      Machine machine = new Machine(memory, below);
      new Random(generation).nextBytes(machine.memory);
      System.arraycopy(memory, 0, machine.memory, 0, 390 * PAGE);
      machine.dirty.set(390 + generation, 400);
      System.arraycopy(memory, 390 * PAGE, machine.memory, 390 * PAGE, generation * PAGE);
      below = map(machine.snapshot(store, pause("c", generation), random));
      memory = machine.memory;
    }
    store.release("c");
    store.flatten(below, LONG);
    assertEquals(1, store.tidy().merged());
    Snapshot merged = store.find(Kind.PAUSE, "c").orElseThrow();
    assertFalse(map(merged).equals(below));
    assertTrue(merged.manifest().memory().layers().containsAll(template.manifest().memory().layers()));
    assertEquals(3, merged.manifest().memory().layers().size(), "the two that are mostly overwritten are one");
    assertArrayEquals(memory, Files.readAllBytes(store.flat(map(merged)).orElseThrow().file()));
    assertArrayEquals(memory, Machine.read(store, map(merged), random));
    StoreRig.assertNothingLeaked(store);
    assertEquals(0, store.tidy().merged());
  }

  @Test
  void aFlatImageHasHolesAndATimeLimit() throws IOException {
    try (Draft draft = store.prepare(pause("c", 1), 0)) {
      PageSink sink = draft.memory(64L << 20);
      sink.data(1 << 20, ByteBuffer.allocate(PAGE).put(7, (byte) 7));
      draft.publish(Machine.details());
    }
    Digest map = map(store.find(Kind.PAUSE, "c").orElseThrow());
    assertEquals(Code.TIMEOUT, assertThrows(SnapshotException.class, () -> store.flatten(map, Deadline.after(Duration.ZERO))).code());
    assertEquals(Set.of(), StoreRig.names(store.layout().work()));
    var image = store.flatten(map, LONG);
    assertEquals(image, store.flatten(map, LONG));
    assertEquals(image, store.flat(map).orElseThrow());
    assertEquals(64L << 20, Files.size(image.file()));
    assertTrue(FileBlocks.allocatedBytes(image.file()) <= 64 << 10, "it has no holes");
    assertEquals(1, store.usage().flatImages());
  }

  @Test
  void aMemoryOfZerosNeedsNoLayer() throws IOException {
    try (Draft draft = store.prepare(pause("c", 1), 0)) {
      draft.memory(10L * PAGE).data(0, ByteBuffer.allocate(10 * PAGE));
      assertEquals(List.of(), draft.publish(Machine.details()).manifest().memory().layers());
    }
    assertEquals(List.of(), store.verify(pause("c", 1), Depth.DEEP));
    assertArrayEquals(new byte[10 * PAGE], Machine.read(store, map(store.find(Kind.PAUSE, "c").orElseThrow()), random));
  }

  @Test
  void theHotSetStaysBesideItsSnapshot() throws IOException {
    SnapshotId id = pause("c", 1);
    filled(10, 1).snapshot(store, id, random);
    assertEquals(Optional.empty(), store.hotSet(id));
    HotSet hot = new HotSet(10L * PAGE, List.of(new HotSet.Range(4L * PAGE, PAGE), new HotSet.Range(0, 2L * PAGE)));
    store.keepHotSet(id, new HotSet(10L * PAGE, List.of()));
    store.keepHotSet(id, hot);
    assertEquals(Optional.of(hot), store.hotSet(id));
    assertEquals(List.of(), store.verify(id, Depth.DEEP));
    Path file = store.layout().of(id).resolve(Layout.HOT_SET);
    Files.delete(file);
    Files.write(file, new byte[50]);
    assertEquals(Optional.empty(), store.hotSet(id));
    assertEquals(Code.NOT_FOUND, assertThrows(SnapshotException.class, () -> store.keepHotSet(pause("d", 1), hot)).code());
  }

  @Test
  void theManifestSaysWhatTheHostSaid() throws IOException {
    Snapshot written = filled(3, 1).snapshot(store, pause("c", 1), random);
    close();
    open();
    Snapshot read = store.find(Kind.PAUSE, "c").orElseThrow();
    assertEquals(written, read);
    assertEquals(Machine.details(), read.manifest().details());
    assertEquals(Instant.parse("2026-01-01T00:00:00Z"), read.manifest().createdAt());
    assertEquals(Code.NOT_FOUND, assertThrows(SnapshotException.class, () -> read.part("nothing")).code());
  }

  @Test
  void manyOwnersTidyingAndReadersAtOnce() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> tidier = threads.submit((Callable<Void>) () -> {
        while (!over.get()) {
          store.tidy();
        }
        return null;
      });
      List<Future<?>> owners = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String owner = "c" + i;
        owners.add(threads.submit((Callable<Void>) () -> {
          live(owner, new Random(owner.hashCode()));
          return null;
        }));
      }
      for (Future<?> owner : owners) {
        owner.get();
      }
      over.set(true);
      tidier.get();
    }
    StoreRig.assertNothingLeaked(store);
  }

  private void live(String owner, Random random) throws IOException {
    Machine machine = new Machine(120);
    for (int generation = 1; generation <= 25; generation++) {
      machine.work(random, 8);
      machine.snapshot(store, pause(owner, generation), random);
      store.release(owner);
      Snapshot leased = store.lease(pause(owner, generation), owner);
      machine = new Machine(machine.memory, map(leased));
      assertArrayEquals(machine.memory, Machine.read(store, map(leased), random));
    }
  }
}
