package dev.wrenn.hostagent.internal.life;

import dev.wrenn.spi.memory.PageSink;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes what a guest that stands still has in memory into memory of this host, which is many times faster than writing it down; that is
 * done from here when the guest goes on. For one thread at a time.
 */
final class HeldPages implements PageSink, AutoCloseable {
  private static final long CHUNK = 8 << 20;

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> chunks = new ArrayList<>();
  private final List<Run> runs = new ArrayList<>();
  private int chunk;
  private long used;

  /** @param data nothing where all are zero */
  private record Run(long offset, long length, MemorySegment data) {}

  /** @param expectedBytes of which the memory is taken now, while nobody waits */
  HeldPages(long expectedBytes) {
    boolean done = false;
    try {
      for (long taken = 0; taken < expectedBytes; taken += CHUNK) {
        chunks.add(arena.allocate(CHUNK));
      }
      done = true;
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  @Override
  public void data(long offset, ByteBuffer pages) {
    MemorySegment from = MemorySegment.ofBuffer(pages);
    for (long at = 0; at < from.byteSize(); ) {
      if (used == CHUNK) {
        chunk++;
        used = 0;
      }
      if (chunk == chunks.size()) {
        chunks.add(arena.allocate(CHUNK));
      }
      MemorySegment into = chunks.get(chunk).asSlice(used, Math.min(CHUNK - used, from.byteSize() - at));
      into.copyFrom(from.asSlice(at, into.byteSize()));
      runs.add(new Run(offset + at, into.byteSize(), into));
      at += into.byteSize();
      used += into.byteSize();
    }
  }

  @Override
  public void zero(long offset, long length) {
    runs.add(new Run(offset, length, MemorySegment.NULL));
  }

  /** Names all that was named here, in the same order. */
  void passTo(PageSink sink) throws IOException {
    for (Run run : runs) {
      if (run.data() == MemorySegment.NULL) {
        sink.zero(run.offset(), run.length());
      } else {
        sink.data(run.offset(), run.data().asByteBuffer());
      }
    }
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
