package dev.wrenn.linux.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against the kernel itself; needs userfaultfd, which root has. */
@Timeout(120)
class FaultTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 64;
  private static final int TURNS = 3000;
  private static final long LONG_NANOS = 20_000_000_000L;
  @TempDir
  Path directory;
  private final MemorySegment source = Arena.ofAuto().allocate(4L * PAGE, PAGE).fill((byte) 7);
  private final MemorySegment word = Arena.ofAuto().allocate(8, 8);

  private static FaultDescriptor registered(NativeMemory memory) throws IOException {
    FaultDescriptor faults = FaultDescriptor.open();
    faults.handshake(FaultDescriptor.EVENT_REMOVE);
    faults.register(memory.address(), memory.length());
    return faults;
  }

  private static int awaited(FaultDescriptor faults, FaultEvents events) {
    PollSet poll = new PollSet(faults);
    int count = 0;
    while (count == 0) {
      poll.await(1000);
      count = faults.read(events);
    }
    return count;
  }

  @Test
  void aMissingPageIsToldAndPutIn() throws Exception {
    try (NativeMemory memory = NativeMemory.map(PAGES * PAGE); FaultDescriptor faults = registered(memory)) {
      FaultEvents events = new FaultEvents(4);
      assertEquals(0, faults.read(events));
      Thread reader = Thread.ofPlatform().start(() -> memory.read(3 * PAGE + 16, word));
      assertEquals(1, awaited(faults, events));
      assertEquals(FaultEvents.FAULT, events.kind(0));
      assertEquals(memory.address() + 3 * PAGE, events.address(0) & -PAGE);
      assertEquals(2 * PAGE, faults.copy(memory.address() + 3 * PAGE, source.address(), 2 * PAGE));
      reader.join();
      assertEquals(0x0707070707070707L, word.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(-FaultDescriptor.EEXIST, faults.copy(memory.address() + 4 * PAGE, source.address(), PAGE));
      assertEquals(PAGE, faults.copy(memory.address() + 2 * PAGE, source.address(), 4 * PAGE));
      assertEquals(-FaultDescriptor.EEXIST, faults.zero(memory.address() + 3 * PAGE, PAGE));
      assertEquals(0, faults.wake(memory.address(), PAGE));
    }
  }

  @Test
  void zerosAreZerosAndLetGoOfMemoryIsTheKernels() throws Exception {
    try (NativeMemory memory = NativeMemory.map(PAGES * PAGE); FaultDescriptor faults = registered(memory)) {
      assertEquals(3 * PAGE, faults.zero(memory.address(), 3 * PAGE));
      word.set(ValueLayout.JAVA_LONG, 0, 1);
      memory.read(PAGE, word);
      assertEquals(0, word.get(ValueLayout.JAVA_LONG, 0));
      Thread reader = Thread.ofPlatform().start(() -> memory.read(10 * PAGE, word));
      FaultEvents events = new FaultEvents(4);
      assertEquals(1, awaited(faults, events));
      assertEquals(0, faults.unregister(memory.address(), memory.length()));
      reader.join();
      assertEquals(-FaultDescriptor.ENOENT, faults.zero(memory.address() + 20 * PAGE, PAGE));
    }
  }

  /** Somebody comes upon a missing page just when the kernel lets go of the memory: whether he is woken is a matter of a moment, so it is tried often. */
  @Test
  void nobodyWaitsForMemoryThatWasLetGoOf() throws Exception {
    AtomicInteger turn = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    try (NativeMemory memory = NativeMemory.map(PAGES * PAGE); FaultDescriptor faults = FaultDescriptor.open()) {
      faults.handshake(FaultDescriptor.EVENT_REMOVE);
      Thread reader = Thread.ofPlatform().start(() -> {
        for (int last = 0; turn.get() >= 0; ) {
          if (turn.get() > last) {
            last = turn.get();
            memory.read(0, word);
            done.set(last);
          }
        }
      });
      try {
        Random dice = new Random(1);
        for (int now = 1; now <= TURNS; now++) {
          memory.giveBack(0, memory.length());
          faults.register(memory.address(), memory.length());
          turn.set(now);
          for (int pause = dice.nextInt(200); pause > 0; pause--) {
            Thread.onSpinWait();
          }
          assertEquals(0, faults.unregister(memory.address(), memory.length()));
          long until = System.nanoTime() + LONG_NANOS;
          while (done.get() < now && System.nanoTime() < until) {
            Thread.onSpinWait();
          }
          assertEquals(now, done.get(), "the reader waits for a page that nobody will bring");
        }
      } finally {
        turn.set(-1);
        faults.wake(memory.address(), memory.length());
        reader.join();
      }
    }
  }

  @Test
  void pagesThatAreGivenBackAreToldAndWaitedFor() throws Exception {
    try (NativeMemory memory = NativeMemory.map(PAGES * PAGE); FaultDescriptor faults = registered(memory)) {
      faults.copy(memory.address(), source.address(), 4 * PAGE);
      Thread giver = Thread.ofPlatform().start(() -> {
        try {
          memory.giveBack(PAGE, 2 * PAGE);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      PollSet poll = new PollSet(faults);
      while (!poll.await(1000)) {
        continue;
      }
      assertTrue(giver.isAlive());
      assertEquals(-FaultDescriptor.EAGAIN, faults.copy(memory.address() + 5 * PAGE, source.address(), PAGE));
      FaultEvents events = new FaultEvents(4);
      assertEquals(1, faults.read(events));
      assertEquals(FaultEvents.REMOVE, events.kind(0));
      assertEquals(memory.address() + PAGE, events.start(0));
      assertEquals(memory.address() + 3 * PAGE, events.end(0));
      giver.join();
    }
  }

  @Test
  void descriptorsAndCredentialsGoOverASocket() throws Exception {
    Path path = directory.resolve("socket");
    try (UnixListener listener = UnixListener.at(path); WakeUp bell = WakeUp.open()) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals(Optional.empty(), listener.accept());
      try (UnixPeer near = UnixPeer.connect(path); UnixPeer far = listener.accept().orElseThrow(); NativeMemory memory = NativeMemory.map(PAGE);
          FaultDescriptor faults = registered(memory)) {
        assertEquals(ProcessHandle.current().pid(), far.credentials().pid());
        assertEquals(null, far.receive(10));
        near.send("some words".getBytes(StandardCharsets.UTF_8), faults, bell);
        UnixPeer.Message message = far.receive(100);
        assertEquals("some words", new String(message.data(), StandardCharsets.UTF_8));
        assertEquals(2, message.descriptors().size());
        try (FaultDescriptor received = FaultDescriptor.received(message.descriptors().getFirst())) {
          assertEquals(PAGE, received.zero(memory.address(), PAGE));
        }
        assertThrows(IOException.class, () -> FaultDescriptor.received(message.descriptors().getLast()));
        near.close();
        PollSet poll = new PollSet(far);
        assertTrue(poll.await(10_000) && poll.is(0, PollSet.GONE));
        assertEquals(0, far.receive(10).data().length);
      }
    }
    assertThrows(IOException.class, () -> UnixListener.at(path));
    assertThrows(IOException.class, () -> UnixPeer.connect(path));
    assertThrows(IOException.class, () -> UnixListener.at(directory.resolve("x".repeat(120))));
  }

  @Test
  void endsOfProcessesAndBellsAreSeen() throws Exception {
    Process sleeper = new ProcessBuilder("sleep", "300").start();
    try (ProcessDescriptor process = ProcessDescriptor.open((int) sleeper.pid()).orElseThrow(); WakeUp bell = WakeUp.open()) {
      PollSet poll = new PollSet(process, bell);
      assertFalse(poll.await(0));
      bell.ring();
      assertTrue(poll.await(10_000) && poll.is(1, PollSet.READABLE) && !poll.is(0, PollSet.READABLE));
      bell.heard();
      assertFalse(poll.await(0) || poll.is(1, PollSet.READABLE));
      sleeper.destroyForcibly();
      assertTrue(poll.await(10_000) && poll.is(0, PollSet.READABLE));
    } finally {
      sleeper.destroyForcibly().waitFor();
    }
    assertEquals(Optional.empty(), ProcessDescriptor.open((int) sleeper.pid()));
  }

  @Test
  void hintsOnFilesAreTaken() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[3 * PAGE]);
    try (FileCache cache = FileCache.of(file)) {
      cache.willNeed(0, 3 * PAGE);
      cache.drop();
    }
    assertThrows(IOException.class, () -> FileCache.of(directory.resolve("none")));
  }
}
