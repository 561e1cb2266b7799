package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.memory.PageSink;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Memory of a frozen guest, read from its process. A page that the kernel shows as present or swapped, and not as a page of a file, was
 * written to or delivered since the start; all others are as they were then.
 */
final class GuestRam {
  private static final int PAGE = PageSink.PAGE;
  private static final int BUFFER = 2 << 20;
  private static final int ENTRIES = 1 << 13;
  private static final long PRESENT_OR_SWAPPED = 3L << 62;
  private static final long OF_FILE = 1L << 61;
  private static final MemorySegment ZERO = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(PAGE)).asReadOnly();

  private final ProcessId process;
  private final long base;
  private final long bytes;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

  private GuestRam(ProcessId process, long base, long bytes) {
    this.process = process;
    this.base = base;
    this.bytes = bytes;
  }

  /** @param file what the preloaded library shows the place of the memory with: a page of it that nobody can access */
  static GuestRam of(ProcessId process, Path file, long bytes) throws IOException {
    String inode = Files.getAttribute(file, "unix:ino").toString();
    for (String line : Files.readAllLines(proc(process, "maps"))) {
      // Range, rights, offset, device, inode, path.
      String[] fields = line.split(" +", 6);
      if (fields[4].equals(inode) && fields[1].equals("---p")) {
        return new GuestRam(process, Long.parseUnsignedLong(fields[2], 16), bytes);
      }
    }
    throw new IOException("process " + process.pid() + " does not show where its guest's memory is: the library that keeps it private was not loaded");
  }

  /** Names all pages that may differ from those at the start. */
  void writeTo(PageSink sink, Deadline within) throws IOException, DriverException {
    try (FileChannel map = open("pagemap"); FileChannel memory = open("mem")) {
      ByteBuffer entries = ByteBuffer.allocateDirect(ENTRIES * Long.BYTES).order(ByteOrder.nativeOrder());
      long begin = -1;
      for (long chunk = 0; chunk < bytes; chunk += (long) ENTRIES * PAGE) {
        entries.clear().limit((int) Math.min(ENTRIES, (bytes - chunk) / PAGE) * Long.BYTES);
        fill(map, entries, (base + chunk) / PAGE * Long.BYTES);
        for (int i = 0; i < entries.limit() / Long.BYTES; i++) {
          long entry = entries.getLong(i * Long.BYTES);
          boolean written = (entry & PRESENT_OR_SWAPPED) != 0 && (entry & OF_FILE) == 0;
          long offset = chunk + (long) i * PAGE;
          if (begin >= 0 && (!written || offset - begin == BUFFER)) {
            within.check("save");
            pass(memory, begin, offset, sink);
            begin = -1;
          }
          if (written && begin < 0) {
            begin = offset;
          }
        }
      }
      if (begin >= 0) {
        pass(memory, begin, bytes, sink);
      }
    }
  }

  /** Reads at most a buffer of pages and names them, those of zeros apart. */
  private void pass(FileChannel memory, long begin, long end, PageSink sink) throws IOException {
    int length = (int) (end - begin);
    fill(memory, buffer.clear().limit(length), base + begin);
    MemorySegment pages = MemorySegment.ofBuffer(buffer.clear());
    int from = 0;
    boolean zeros = isZero(pages, 0);
    for (int at = PAGE; at <= length; at += PAGE) {
      if (at == length || isZero(pages, at) != zeros) {
        if (zeros) {
          sink.zero(begin + from, at - from);
        } else {
          sink.data(begin + from, buffer.slice(from, at - from));
        }
        from = at;
        zeros = !zeros;
      }
    }
  }

  private static boolean isZero(MemorySegment pages, int at) {
    return MemorySegment.mismatch(pages, at, at + PAGE, ZERO, 0, PAGE) < 0;
  }

  private static void fill(FileChannel from, ByteBuffer into, long position) throws IOException {
    while (into.hasRemaining()) {
      if (from.read(into, position + into.position()) < 0) {
        throw new EOFException("the process gave back memory, or ended, while it was read");
      }
    }
  }

  private FileChannel open(String name) throws IOException {
    return FileChannel.open(proc(process, name), StandardOpenOption.READ);
  }

  private static Path proc(ProcessId process, String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }
}
