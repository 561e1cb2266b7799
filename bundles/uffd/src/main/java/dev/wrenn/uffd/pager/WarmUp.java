package dev.wrenn.uffd.pager;

import dev.wrenn.linux.fault.FaultDescriptor;
import dev.wrenn.linux.fault.NativeMemory;
import dev.wrenn.linux.fault.UnixPeer;
import dev.wrenn.snapshot.Changes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Delivers memory to this process itself for a moment, so that the first capsule finds compiled code. It also proves that all of the way works
 * here.
 */
final class WarmUp {
  private static final int PAGES = 1024;
  private static final int PAGE = 1 << Regions.SHIFT;
  private static final int ROUNDS = 4;
  private static final long PATIENCE_MILLIS = 10_000;

  private WarmUp() {}

  static void run(Path directory) throws IOException {
    Path work = Files.createDirectory(directory.resolve("warm"));
    try {
      Path map = store(work);
      for (int round = 0; round < ROUNDS; round++) {
        round(work, map);
      }
    } finally {
      try (var files = Files.newDirectoryStream(work)) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
      Files.delete(work);
    }
  }

  /** A page that does not come is waited for outside the JVM and for ever: so by a thread that need not end. */
  private static void round(Path work, Path map) throws IOException {
    Tenant tenant = Tenant.open(new Tenant.Order("warm-up", map, work, work.resolve("s"), Optional.empty(), 1, PATIENCE_MILLIS, false), new Checked(), changed -> { });
    CompletableFuture<Void> touched = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name("warm-up").start(() -> {
      try {
        touch(work.resolve("s"));
        touched.complete(null);
      } catch (IOException | RuntimeException e) {
        touched.completeExceptionally(e);
      }
    });
    try {
      touched.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("memory was not delivered within " + PATIENCE_MILLIS + " ms here: it is " + tenant.state() + " " + tenant.reason(), e);
    } catch (ExecutionException e) {
      throw new IOException("memory can't be delivered here: " + e.getCause().getMessage() + " " + tenant.reason(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the first delivery was broken off", e);
    }
    tenant.close();
    if (tenant.state() == Tenant.State.LOST) {
      throw new IOException("memory can't be delivered here: " + tenant.reason());
    }
  }

  private static void touch(Path socket) throws IOException {
    long bytes = (long) PAGES * PAGE;
    try (NativeMemory memory = NativeMemory.map(bytes); FaultDescriptor faults = FaultDescriptor.open(); Arena arena = Arena.ofConfined();
        UnixPeer peer = UnixPeer.connect(socket)) {
      faults.handshake(FaultDescriptor.EVENT_REMOVE);
      faults.register(memory.address(), bytes);
      peer.send(("[{\"base_host_virt_addr\":" + memory.address() + ",\"size\":" + bytes + ",\"offset\":0}]").getBytes(StandardCharsets.US_ASCII), faults);
      MemorySegment word = arena.allocate(8, 8);
      for (int page = 0; page < PAGES; page++) {
        memory.read((long) page * PAGE, word);
      }
      memory.giveBack(0, bytes);
    }
  }

  /** A memory of which every second page is stored. */
  private static Path store(Path work) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(PAGES / 2 * PAGE).order(ByteOrder.LITTLE_ENDIAN);
    for (int page = 0; page < PAGES / 2; page++) {
      content.putLong(page * PAGE, page + 1L);
    }
    Changes changes = new Changes();
    for (int page = 0; page < PAGES / 2; page++) {
      changes.stored(2 * page, 1, page);
    }
    return StoredMemory.write(work, (long) PAGES * PAGE, content, changes);
  }
}
