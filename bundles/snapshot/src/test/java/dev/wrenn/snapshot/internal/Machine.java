package dev.wrenn.snapshot.internal;

import static dev.wrenn.spi.memory.PageSink.PAGE;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.memory.PageSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** The memory of a microVM as plain bytes, and which pages it wrote since it was started: what a driver knows. */
final class Machine {
  static final String STATE = "device.state";
  final byte[] memory;
  final BitSet dirty = new BitSet();
  final Optional<Digest> startedFrom;

  Machine(int pages) {
    memory = new byte[pages * PAGE];
    startedFrom = Optional.empty();
  }

  Machine(byte[] memory, Digest startedFrom) {
    this.memory = memory.clone();
    this.startedFrom = Optional.of(startedFrom);
  }

  int pages() {
    return memory.length / PAGE;
  }

  /** Writes, and clears, some runs of pages; some writes leave the page as it was. */
  void work(Random random, int strokes) {
    for (int i = 0; i < strokes; i++) {
      int page = random.nextInt(pages());
      int count = Math.min(pages() - page, 1 + random.nextInt(random.nextInt(8) == 0 ? 300 : 6));
      for (int p = page; p < page + count; p++) {
        write(random, p);
      }
      dirty.set(page, page + count);
    }
  }

  private void write(Random random, int page) {
    switch (random.nextInt(6)) {
      case 0, 1 -> java.util.Arrays.fill(memory, page * PAGE, (page + 1) * PAGE, (byte) 0);
      case 2 -> { }
      case 3 -> memory[page * PAGE + random.nextInt(PAGE)] = (byte) random.nextInt();
      default -> {
        byte[] content = new byte[PAGE];
        random.nextBytes(content);
        System.arraycopy(content, 0, memory, page * PAGE, PAGE);
      }
    }
  }

  /** What a driver does when it saves: every page that may differ, ascending, in buffers of any size, zeros named either way. */
  void saveTo(PageSink sink, Random random) throws IOException {
    for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page)) {
      int end = Math.min(dirty.nextClearBit(page), page + 1 + random.nextInt(400));
      if (random.nextBoolean() && isZero(page)) {
        sink.zero((long) page * PAGE, PAGE);
        page++;
      } else {
        ByteBuffer pages = random.nextBoolean() ? ByteBuffer.wrap(memory, page * PAGE, (end - page) * PAGE)
            : ByteBuffer.allocateDirect((end - page) * PAGE).put(memory, page * PAGE, (end - page) * PAGE).flip();
        sink.data((long) page * PAGE, pages);
        page = end;
      }
    }
  }

  private boolean isZero(int page) {
    for (int i = page * PAGE; i < (page + 1) * PAGE; i++) {
      if (memory[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** A whole snapshot of this machine. */
  Snapshot snapshot(Snapshots into, SnapshotId id, Random random) throws IOException {
    try (Draft draft = into.prepare(id, memory.length)) {
      PageSink sink = startedFrom.isPresent() ? draft.memoryOver(startedFrom.get(), random.nextBoolean()) : draft.memory(memory.length);
      saveTo(sink, random);
      Files.writeString(draft.file(STATE), "state of " + id);
      return draft.publish(details());
    }
  }

  static Manifest.Details details() {
    return new Manifest.Details(Map.of("driver", "qemu", "kernel", "abc"), "GenuineIntel 6 143", "0.1.0", List.of(), Map.of("vcpus", "2"));
  }

  /** The whole memory as the store has it. */
  static byte[] read(Snapshots from, Digest map, Random random) throws IOException {
    try (var image = from.open(map)) {
      ByteBuffer all = ByteBuffer.allocate((int) image.map().bytes());
      while (all.hasRemaining()) {
        int length = Math.min(all.remaining(), 1 + random.nextInt(600_000));
        ByteBuffer part = all.slice(all.position(), length);
        image.read(all.position(), part);
        all.position(all.position() + length);
      }
      return all.array();
    }
  }
}
