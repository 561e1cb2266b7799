package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.SnapshotId.Kind;
import dev.wrenn.snapshot.Snapshots.Depth;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that went bad: found out, named, never served, and nothing is removed on their word. */
class DamageTest {
  private static final SnapshotId ID = new SnapshotId(Kind.PAUSE, "capsule", 1);
  @TempDir(factory = MemoryDirectory.class) Path directory;
  private final Random random = new Random(5);
  private SnapshotStore store;
  private Machine machine;
  private Snapshot snapshot;

  @BeforeEach
  void aSnapshot() throws IOException {
    store = StoreRig.open(directory.resolve("store"), new LinuxFiles());
    machine = new Machine(700);
    for (int page = 0; page < 700; page++) {
      if (page % 97 != 0) {
        byte[] content = new byte[4096];
        random.nextBytes(content);
        System.arraycopy(content, 0, machine.memory, page * 4096, 4096);
      }
    }
    machine.dirty.set(0, 700);
    snapshot = machine.snapshot(store, ID, random);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private Path layer() {
    return store.layout().layer(snapshot.manifest().memory().layers().getFirst().name());
  }

  @Test
  void eachFlippedBitOfALayerIsFoundByADeepLook() throws IOException {
    byte[] good = Files.readAllBytes(layer());
    for (int i = 0; i < 60; i++) {
      // The rest of the header's page is never read.
      int at = i < 20 ? random.nextInt(64) : i < 40 ? good.length - 1 - random.nextInt(12) : 4096 + random.nextInt(good.length - 4096);
      overwrite(layer(), at, (byte) (good[at] ^ 1 << random.nextInt(8)));
      List<String> problems = store.verify(ID, Depth.DEEP);
      assertEquals(1, problems.size(), "byte " + at);
      assertTrue(problems.getFirst().contains("ayer"), problems.getFirst());
      overwrite(layer(), at, good[at]);
    }
    assertEquals(List.of(), store.verify(ID, Depth.DEEP));
  }

  @Test
  void damagedPagesAreNotServed() throws IOException {
    overwrite(layer(), 4096 + 1_500_000, (byte) ~Files.readAllBytes(layer())[4096 + 1_500_000]);
    assertEquals(List.of(), store.verify(ID, Depth.QUICK));
    try (var image = store.open(snapshot.manifest().memory().map())) {
      ByteBuffer first = ByteBuffer.allocate(4096);
      image.read(4096, first);
      assertArrayEquals(java.util.Arrays.copyOfRange(machine.memory, 4096, 8192), first.array());
      SnapshotException e = assertThrows(SnapshotException.class, () -> image.read(1_500_000, ByteBuffer.allocate(100_000)));
      assertEquals(Code.CORRUPT, e.code());
      int run = image.map().find(1_500_000);
      assertThrows(SnapshotException.class, () -> image.address(run, 1_500_000, 4096));
    }
    SnapshotException e = assertThrows(SnapshotException.class,
        () -> store.flatten(snapshot.manifest().memory().map(), Deadline.after(Duration.ofHours(1))));
    assertEquals(Code.CORRUPT, e.code());
    assertEquals(java.util.Set.of(), StoreRig.names(store.layout().work()));
    try (var draft = store.prepare(new SnapshotId(Kind.PAUSE, "capsule", 2), 0)) {
      var sink = draft.memoryOver(snapshot.manifest().memory().map(), true);
      assertEquals(Code.CORRUPT, assertThrows(SnapshotException.class, () -> sink.data(0, ByteBuffer.wrap(machine.memory))).code());
    }
    assertEquals(snapshot, store.find(Kind.PAUSE, "capsule").orElseThrow());
  }

  @Test
  void storingTheSamePagesAgainHealsALayer() throws IOException {
    overwrite(layer(), 4096 + 1_500_000, (byte) ~Files.readAllBytes(layer())[4096 + 1_500_000]);
    machine.snapshot(store, new SnapshotId(Kind.TEMPLATE, "again", 1), random);
    assertEquals(List.of(), store.verify(ID, Depth.DEEP));
  }

  @Test
  void shortAndMissingFilesAreFoundByAQuickLook() throws IOException {
    byte[] good = Files.readAllBytes(layer());
    for (int length : new int[] {0, 10, 4095, 4096, good.length - 1}) {
      replace(layer(), java.util.Arrays.copyOf(good, length));
      assertEquals(1, store.verify(ID, Depth.QUICK).size(), "layer of " + length);
      assertThrows(SnapshotException.class, () -> store.open(snapshot.manifest().memory().map()));
    }
    Files.delete(layer());
    assertEquals(1, store.verify(ID, Depth.QUICK).size());
    assertEquals(Code.NOT_FOUND, assertThrows(SnapshotException.class, () -> store.open(snapshot.manifest().memory().map())).code());
    replace(layer(), good);
    Path part = snapshot.part(Machine.STATE);
    byte[] state = Files.readAllBytes(part);
    overwrite(part, 0, (byte) 'X');
    assertEquals(List.of(), store.verify(ID, Depth.QUICK));
    assertEquals(1, store.verify(ID, Depth.DEEP).size());
    replace(part, java.util.Arrays.copyOf(state, 3));
    assertEquals(1, store.verify(ID, Depth.QUICK).size());
    replace(part, state);
    Path map = store.layout().map(snapshot.manifest().memory().map());
    byte[] mapped = Files.readAllBytes(map);
    overwrite(map, 30, (byte) 77);
    assertEquals(1, store.verify(ID, Depth.QUICK).size());
    replace(map, mapped);
    assertEquals(List.of(), store.verify(ID, Depth.DEEP));
  }

  @Test
  void aDamagedFlatImageIsFound() throws IOException {
    var image = store.flatten(snapshot.manifest().memory().map(), Deadline.after(Duration.ofHours(1)));
    assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(image.file())));
    assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(layer())));
    assertEquals(List.of(), store.verify(ID, Depth.DEEP));
    overwrite(image.file(), 2_000_000, (byte) ~machine.memory[2_000_000]);
    assertEquals(1, store.verify(ID, Depth.DEEP).size());
  }

  @Test
  void whatWasWrittenToSinceItWasStoredIsFoundBeforeARestore() throws IOException {
    byte[] good = Files.readAllBytes(layer());
    assertEquals(List.of(), store.verify(ID, Depth.CHANGED));
    for (int at : new int[] {4096, 4096 + 1_500_000, good.length - 5}) {
      overwrite(layer(), at, (byte) ~good[at]);
      assertEquals(1, store.verify(ID, Depth.CHANGED).size(), "byte " + at);
      overwrite(layer(), at, good[at]);
    }
    assertEquals(List.of(), store.verify(ID, Depth.CHANGED));
    assertTrue(Mark.isSet(layer()), "what was found whole need not be read again");
    Path part = snapshot.part(Machine.STATE);
    byte[] state = Files.readAllBytes(part);
    overwrite(part, 0, (byte) 'X');
    assertEquals(1, store.verify(ID, Depth.CHANGED).size());
    replace(part, state);
    Files.delete(layer());
    assertTrue(store.verify(ID, Depth.CHANGED).getFirst().contains("is not there"));
  }

  @Test
  void aFlatImageThatWasWrittenToIsMadeAgain() throws IOException {
    var map = snapshot.manifest().memory().map();
    var image = store.flatten(map, Deadline.after(Duration.ofHours(1)));
    assertEquals(image, store.flat(map).orElseThrow());
    overwrite(image.file(), 2_000_000, (byte) ~machine.memory[2_000_000]);
    assertFalse(store.flat(map).isPresent());
    assertArrayEquals(machine.memory, Files.readAllBytes(store.flatten(map, Deadline.after(Duration.ofHours(1))).file()));
    assertTrue(store.flat(map).isPresent());
  }

  /** Its mark hides when within a second a manifest was written. */
  @Test
  void aManifestThatWasWrittenToIsReadAgain() throws IOException {
    Path manifest = snapshot.directory().resolve(Layout.MANIFEST);
    FileTime marked = FileTime.from(Instant.ofEpochSecond(1_700_000_000, Files.getLastModifiedTime(manifest).toInstant().getNano()));
    Files.setLastModifiedTime(manifest, marked);
    assertTrue(store.find(ID.kind(), ID.owner()).isPresent());
    try (FileChannel channel = FileChannel.open(manifest, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'x'}), channel.size() / 2);
    }
    Files.setLastModifiedTime(manifest, marked);
    assertEquals(Code.CORRUPT, assertThrows(SnapshotException.class, () -> store.find(ID.kind(), ID.owner())).code());
  }

  @Test
  void nothingIsRemovedWhileAManifestCantBeRead() throws IOException {
    Path manifest = snapshot.directory().resolve(Layout.MANIFEST);
    byte[] good = Files.readAllBytes(manifest);
    overwrite(manifest, 100, (byte) 7);
    assertEquals(0, store.tidy().removed());
    assertEquals(List.of(), store.list());
    assertEquals(Code.CORRUPT, assertThrows(SnapshotException.class, () -> store.find(Kind.PAUSE, "capsule")).code());
    replace(manifest, good);
    assertEquals(List.of(snapshot), store.list());
    StoreRig.assertNothingLeaked(store);
    overwrite(manifest, 100, (byte) 7);
    store.remove(ID);
    assertEquals(2, store.tidy().removed());
  }

  @Test
  void anyManifestIsReadOrRefusedByTheTypedError() throws IOException {
    ManifestJson json = new ManifestJson();
    byte[] good = json.encode(snapshot.manifest());
    assertEquals(snapshot.manifest(), json.decode(ByteBuffer.wrap(good)));
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bad[random.nextInt(bad.length)] = (byte) (random.nextBoolean() ? random.nextInt() : "{}[]\",:0n".charAt(random.nextInt(9)));
      }
      accepted(json, ByteBuffer.wrap(bad, 0, random.nextBoolean() ? bad.length : random.nextInt(bad.length)));
    }
    for (String text : new String[] {"", "null", "[]", "{}", "{\"format\":1}", "{\"format\":1,\"check\":null,\"snapshot\":null}", "1", "[".repeat(5000)}) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes());
      assertThrows(SnapshotException.class, () -> json.decode(bytes), text);
    }
    ByteBuffer newer = ByteBuffer.wrap("{\"format\":2,\"anything\":[]}".getBytes());
    assertEquals(Code.UNSUPPORTED, assertThrows(SnapshotException.class, () -> json.decode(newer)).code());
  }

  /** What passes must be the same manifest: only white space and the like may have changed. */
  private void accepted(ManifestJson json, ByteBuffer bytes) {
    Manifest read;
    try {
      read = json.decode(bytes);
    } catch (SnapshotException e) {
      assertTrue(e.code() == Code.CORRUPT || e.code() == Code.UNSUPPORTED, e.toString());
      return;
    }
    assertEquals(snapshot.manifest(), read);
  }

  @Test
  void anyLayerHeaderIsReadOrRefusedByTheTypedError() throws IOException {
    byte[] good = java.util.Arrays.copyOf(Files.readAllBytes(layer()), 4096);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      int at = random.nextInt(64);
      bad[at] ^= (byte) (1 << random.nextInt(8));
      ByteBuffer bytes = ByteBuffer.wrap(bad, 0, random.nextInt(4) == 0 ? random.nextInt(4096) : 4096);
      assertThrows(SnapshotException.class, () -> LayerHeader.decode(bytes));
    }
  }

  @Test
  void pathsCantLeaveTheDirectory() throws IOException {
    List<String> bad = new ArrayList<>(List.of("../x", "a/b", "", ".x", "manifest.json", "hotset.bin", "A", "x".repeat(65)));
    try (var draft = store.prepare(new SnapshotId(Kind.PAUSE, "other", 1), 0)) {
      bad.forEach(name -> assertThrows(IllegalArgumentException.class, () -> draft.file(name), name));
    }
    assertThrows(IllegalArgumentException.class, () -> new SnapshotId(Kind.PAUSE, "../capsule", 1));
    assertThrows(IllegalArgumentException.class, () -> store.lease(ID, "a/b"));
    assertThrows(IllegalArgumentException.class, () -> store.find(Kind.PAUSE, ".."));
    assertFalse(Files.exists(store.layout().draft(new SnapshotId(Kind.PAUSE, "other", 1))));
  }

  private static void overwrite(Path file, int at, byte with) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] = with;
    replace(file, bytes);
  }

  /** In place of the old file, as a process that has it mapped goes on with the old one. */
  private static void replace(Path file, byte[] content) throws IOException {
    Files.deleteIfExists(file);
    Files.write(file, content);
  }
}
