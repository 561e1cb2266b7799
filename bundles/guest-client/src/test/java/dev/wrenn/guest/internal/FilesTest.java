package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileEntry.Type;
import dev.wrenn.files.FileRange;
import dev.wrenn.files.FileWatch;
import dev.wrenn.files.FileWatch.Change;
import dev.wrenn.files.FileWatch.Kind;
import dev.wrenn.guest.GuestClient;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files over the real agent, which sees this machine's directories. */
class FilesTest {
  private static final OptionalLong UNKNOWN = OptionalLong.empty();
  @TempDir Path directory;
  private AgentProcess agent;
  private GuestClient client;
  private dev.wrenn.files.Files files;

  @BeforeEach
  void start() throws Exception {
    agent = new AgentProcess();
    client = agent.ready();
    files = client.files();
  }

  @AfterEach
  void stop() throws Exception {
    if (agent != null) {
      client.close();
      agent.close();
    }
  }

  @Test
  void contentsGoBothWaysWithAndWithoutALength() throws Exception {
    for (int size : new int[] {0, 1, 127, 128 << 10, 3_000_017}) {
      byte[] bytes = random(size);
      for (OptionalLong length : new OptionalLong[] {UNKNOWN, OptionalLong.of(size)}) {
        String path = at("a b+ü/new/" + size);
        FileEntry entry = files.write(path, new ByteArrayInputStream(bytes), length);
        assertEquals(size, entry.size());
        assertEquals(path, entry.path());
        assertEquals(Type.FILE, entry.type());
        assertArrayEquals(bytes, Files.readAllBytes(Path.of(path)));
        try (FileContent content = files.read(path, Optional.empty())) {
          assertEquals(OptionalLong.of(size), content.length());
          assertEquals(OptionalLong.of(size), content.fileSize());
          assertArrayEquals(bytes, content.stream().readAllBytes());
          assertEquals(-1, content.stream().read());
        }
      }
    }
  }

  @Test
  void moreThanTheHeapHoldsGoesThrough() throws Exception {
    long size = 300L << 20;
    MessageDigest sent = MessageDigest.getInstance("SHA-256");
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    long before = runtime.totalMemory() - runtime.freeMemory();
    files.write(at("large"), new DigestInputStream(new Pattern(size), sent), OptionalLong.of(size));
    MessageDigest received = MessageDigest.getInstance("SHA-256");
    try (FileContent content = files.read(at("large"), Optional.empty())) {
      byte[] piece = new byte[64 << 10];
      for (int count = content.stream().read(piece); count >= 0; count = content.stream().read(piece)) {
        received.update(piece, 0, count);
      }
      System.gc();
      assertTrue(runtime.totalMemory() - runtime.freeMemory() - before < 64 << 20, "the content is held in memory");
    }
    assertArrayEquals(sent.digest(), received.digest());
  }

  @Test
  void partsAreWhatWasAskedFor() throws Exception {
    byte[] bytes = random(10_000);
    files.write(at("f.json"), new ByteArrayInputStream(bytes), UNKNOWN);
    assertPart(bytes, 0, 0, new FileRange(OptionalLong.of(0), OptionalLong.of(0)));
    assertPart(bytes, 100, 299, new FileRange(OptionalLong.of(100), OptionalLong.of(299)));
    assertPart(bytes, 9_990, 9_999, new FileRange(OptionalLong.of(9_990), OptionalLong.empty()));
    assertPart(bytes, 9_995, 9_999, new FileRange(OptionalLong.empty(), OptionalLong.of(5)));
    assertPart(bytes, 9_000, 9_999, new FileRange(OptionalLong.of(9_000), OptionalLong.of(99_999)));
    assertEquals(Code.INVALID, failure(() -> files.read(at("f.json"), Optional.of(new FileRange(OptionalLong.of(10_000), UNKNOWN)))).code());
    assertEquals(Code.INVALID, failure(() -> files.read("/proc/self/status", Optional.of(new FileRange(OptionalLong.of(1), UNKNOWN)))).code());
  }

  @Test
  void aFileOfUnknownSizeIsReadToItsEnd() throws Exception {
    try (FileContent content = files.read("/proc/self/status", Optional.empty())) {
      assertEquals(OptionalLong.empty(), content.length());
      assertTrue(new String(content.stream().readAllBytes()).contains("Name:"));
    }
  }

  @Test
  void refusalsAreExact() throws Exception {
    Files.createDirectory(directory.resolve("d"));
    assertEquals(Code.NOT_FOUND, failure(() -> files.read(at("none"), Optional.empty())).code());
    assertEquals(Code.INVALID, failure(() -> files.read(at("d"), Optional.empty())).code());
    assertEquals(Code.INVALID, failure(() -> files.read("/dev/zero", Optional.empty())).code());
    assertEquals(Code.NOT_FOUND, failure(() -> files.stat(at("none"))).code());
    assertEquals(Code.NOT_FOUND, failure(() -> files.list(at("none"), 1)).code());
    assertEquals(Code.NOT_FOUND, failure(() -> files.move(at("none"), at("x"))).code());
    assertEquals(Code.NOT_FOUND, failure(() -> files.watch(at("none"), false)).code());
    assertEquals(Code.CONFLICT, failure(() -> files.makeDirectory(at("d"))).code());
    assertEquals(Code.NOT_FOUND, failure(() -> files.remove(at("none"))).code());
    assertEquals(Code.INVALID, failure(() -> files.remove("/")).code());
    for (String path : List.of("", "a\0b")) {
      assertEquals(Code.INVALID, failure(() -> files.stat(path)).code());
      assertEquals(Code.INVALID, failure(() -> files.read(path, Optional.empty())).code());
      assertEquals(Code.INVALID, failure(() -> files.write(path, new ByteArrayInputStream(new byte[1]), UNKNOWN)).code());
    }
    AtomicLong pulled = new AtomicLong();
    InputStream counting = new Pattern(64L << 20) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        pulled.addAndGet(length);
        return super.read(into, offset, length);
      }
    };
    assertEquals(Code.INVALID, failure(() -> files.write(at("d"), counting, UNKNOWN)).code());
    assertEquals(0, pulled.get(), "a refused content was read");
    assertEquals(Code.INVALID, failure(() -> files.list(at("d"), 0)).code());
    files.write(at("f"), new ByteArrayInputStream(new byte[3]), UNKNOWN);
    assertEquals(Code.INVALID, failure(() -> files.list(at("f"), 1)).code());
    assertEquals(Code.INVALID, failure(() -> files.makeDirectory(at("f"))).code());
    Files.createDirectory(directory.resolve("d/in"));
    assertEquals(Code.CONFLICT, failure(() -> files.move(at("f"), at("d"))).code());
  }

  @Test
  void aFullDiskIsNoCapacityAndLeavesNothing() throws Exception {
    Path full = Path.of("/dev/full");
    GuestException failure = failure(() -> files.write(full.toString(), new Pattern(4 << 20), OptionalLong.of(4 << 20)));
    assertEquals(Code.NO_CAPACITY, failure.code(), failure.getMessage());
  }

  @Test
  void aContentThatBreaksOffChangesNothing() throws Exception {
    files.write(at("f"), new ByteArrayInputStream("before".getBytes()), UNKNOWN);
    assertThrows(EOFException.class, () -> files.write(at("f"), new ByteArrayInputStream(new byte[1_000_000]), OptionalLong.of(1_000_001)));
    IOException mine = new IOException("mine");
    InputStream broken = new Pattern(1 << 20) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (at() >= 1 << 19) {
          throw mine;
        }
        return super.read(into, offset, length);
      }
    };
    assertEquals(mine, assertThrows(IOException.class, () -> files.write(at("f"), broken, UNKNOWN)));
    assertEquals("before", Files.readString(directory.resolve("f")));
    until("the part is removed", () -> {
      try (Stream<Path> all = Files.list(directory)) {
        return all.count() == 1;
      }
    });
  }

  @Test
  void anEndOfTheAgentEndsTransfersAndNeverSilently() throws Exception {
    files.write(at("large"), new Pattern(64 << 20), OptionalLong.of(64 << 20));
    try (FileContent content = files.read(at("large"), Optional.empty())) {
      content.stream().readNBytes(1000);
      agent.kill();
      assertThrows(IOException.class, () -> content.stream().readAllBytes());
    }
    assertEquals(Code.UNAVAILABLE, failure(() -> files.write(at("f"), new ByteArrayInputStream(new byte[1]), UNKNOWN)).code());
  }

  @Test
  void theEndOfTheClientEndsTransfersAtOnce() throws Exception {
    files.write(at("large"), new Pattern(64 << 20), OptionalLong.of(64 << 20));
    try (FileContent content = files.read(at("large"), Optional.empty()); FileWatch watch = files.watch(directory.toString(), true);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      content.stream().readNBytes(1000);
      Future<?> change = threads.submit(watch::next);
      InputStream never = new Pattern(Long.MAX_VALUE);
      Future<?> upload = threads.submit(() -> files.write(at("endless"), never, UNKNOWN));
      client.close();
      assertThrows(IOException.class, () -> content.stream().readAllBytes());
      assertEquals(Code.UNAVAILABLE, ((GuestException) assertThrows(ExecutionException.class, change::get).getCause()).code());
      assertEquals(Code.UNAVAILABLE, ((GuestException) assertThrows(ExecutionException.class, upload::get).getCause()).code());
    }
  }

  @Test
  void entriesTellWhatIsThere() throws Exception {
    files.makeDirectory(at("d/deep"));
    files.write(at("d/f"), new ByteArrayInputStream(new byte[5]), UNKNOWN);
    Files.createSymbolicLink(directory.resolve("d/link"), Path.of("f"));
    Files.createSymbolicLink(directory.resolve("d/broken"), Path.of("nowhere"));
    Files.setPosixFilePermissions(directory.resolve("d/f"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-x---"));
    FileEntry file = files.stat(at("d/f"));
    assertEquals("-rw-r-x---", file.permissions());
    assertEquals(0650, file.mode());
    assertTrue(file.modifiedAt().isAfter(Instant.now().minusSeconds(600)), file.toString());
    assertEquals("root", file.owner());
    FileEntry link = files.stat(at("d/link"));
    assertEquals(Type.FILE, link.type());
    assertEquals(Optional.of(at("d/f")), link.linkTarget());
    assertEquals('l', link.permissions().charAt(0));
    assertEquals(Type.SYMLINK, files.stat(at("d/broken")).type());
    assertEquals(List.of("broken", "deep", "f", "link"), files.list(at("d"), 1).stream().map(FileEntry::name).toList());
    assertTrue(files.list(directory.toString(), 2).stream().anyMatch(entry -> entry.path().equals(at("d/deep"))));
    assertEquals("drwxrwxrwt", files.stat("/tmp").permissions());
  }

  @Test
  void movingAndRemoving() throws Exception {
    files.write(at("f"), new ByteArrayInputStream(new byte[5]), UNKNOWN);
    assertEquals(at("new/g"), files.move(at("f"), at("new/g")).path());
    assertFalse(Files.exists(directory.resolve("f")));
    files.remove(at("new"));
    assertFalse(Files.exists(directory.resolve("new"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void copyingKeepsModesAndLinksAndReplacesNothing() throws Exception {
    files.write(at("d/in/f"), new ByteArrayInputStream("text".getBytes()), UNKNOWN);
    Files.createSymbolicLink(directory.resolve("d/link"), Path.of("in/f"));
    assertEquals(0741, files.chmod(at("d/in/f"), 0741, false).mode());
    assertEquals(Type.DIRECTORY, files.copy(at("d"), at("e/d")).type());
    assertEquals("text", Files.readString(directory.resolve("e/d/link")));
    assertEquals(Path.of("in/f"), Files.readSymbolicLink(directory.resolve("e/d/link")));
    assertEquals(0741, files.stat(at("e/d/in/f")).mode());
    assertEquals(Code.CONFLICT, failure(() -> files.copy(at("d"), at("e/d"))).code());
    assertEquals(Code.NOT_FOUND, failure(() -> files.copy(at("none"), at("x"))).code());
  }

  @Test
  void permissionsAreSetBelowToo() throws Exception {
    files.write(at("d/in/f"), new ByteArrayInputStream(new byte[1]), UNKNOWN);
    files.chmod(at("d"), 0755, true);
    assertEquals(0755, files.stat(at("d/in/f")).mode());
    assertEquals("-rwsr-xr-x", files.chmod(at("d/in/f"), 04755, false).permissions());
    assertEquals(Code.NOT_FOUND, failure(() -> files.chmod(at("none"), 0644, false)).code());
    assertEquals(Code.INVALID, failure(() -> files.chmod(at("d"), 010000, false)).code());
  }

  @Test
  void changesAreSeenInOrder() throws Exception {
    try (FileWatch watch = files.watch(directory.toString(), true)) {
      files.write(at("f"), new ByteArrayInputStream(new byte[5]), UNKNOWN);
      Change first = watch.next().orElseThrow();
      assertEquals(Kind.CREATE, first.kind());
      assertEquals("f", first.name());
      Files.delete(directory.resolve("f"));
      Change change = watch.next().orElseThrow();
      while (change.kind() != Kind.REMOVE) {
        change = watch.next().orElseThrow();
      }
      assertEquals("f", change.name());
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Optional<Change>> next = threads.submit(watch::next);
        watch.close();
        assertEquals(Optional.empty(), next.get());
      }
      assertEquals(Optional.empty(), watch.next());
    }
  }

  private void assertPart(byte[] all, int first, int last, FileRange range) throws Exception {
    try (FileContent content = files.read(at("f.json"), Optional.of(range))) {
      assertEquals(first, content.offset());
      assertEquals(OptionalLong.of(last - first + 1), content.length());
      assertEquals(OptionalLong.of(all.length), content.fileSize());
      assertEquals("application/json", content.contentType());
      assertArrayEquals(Arrays.copyOfRange(all, first, last + 1), content.stream().readAllBytes());
    }
  }

  private String at(String name) {
    return directory.resolve(name).toString();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!condition.call()) {
      assertTrue(System.nanoTime() < end, "it did not come to: " + what);
      Thread.sleep(2);
    }
  }

  private static GuestException failure(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(GuestException.class, call);
  }

  /** So many bytes, made as they are read. */
  private static class Pattern extends InputStream {
    private final long size;
    private long at;

    Pattern(long size) {
      this.size = size;
    }

    long at() {
      return at;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (at >= size) {
        return -1;
      }
      int count = (int) Math.min(length, size - at);
      for (int i = 0; i < count; i++) {
        into[offset + i] = (byte) (at + i >> 8 ^ at + i);
      }
      at += count;
      return count;
    }
  }
}
