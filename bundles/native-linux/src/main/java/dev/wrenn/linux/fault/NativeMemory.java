package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Memory by its address. Touching it here waits for a page outside the JVM, so that who serves the page is not stopped by who waits. */
public final class NativeMemory implements AutoCloseable {
  private static final int WILLNEED = 3;
  private static final int DONTNEED = 4;
  private static final int POPULATE_READ = 22;
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;

  private final MemorySegment state = Native.state();
  private final long address;
  private final long length;

  private NativeMemory(long address, long length) {
    this.address = address;
    this.length = length;
  }

  /** Private memory without pages yet. */
  public static NativeMemory map(long length) throws IOException {
    MemorySegment state = Native.state();
    try {
      long address = (long) Native.MMAP.invokeExact(state, 0L, length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      if (address == -1) {
        throw Native.failure("mmap of " + length + " bytes", Native.errno(state));
      }
      return new NativeMemory(address, length);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  public long address() {
    return address;
  }

  public long length() {
    return length;
  }

  /** Reads, waiting for pages that are missing. Nothing may be collected meanwhile that lives in a JVM's heap: give native memory. */
  public void read(long offset, MemorySegment into) {
    copy(into.address(), address + offset, into.byteSize());
  }

  /** Writes, as {@link #read}. */
  public void write(long offset, MemorySegment from) {
    copy(address + offset, from.address(), from.byteSize());
  }

  private static void copy(long to, long from, long length) {
    try {
      long ignored = (long) Native.MEMCPY.invokeExact(Native.state(), to, from, length);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Gives pages back to the kernel: they are zero, or missing, from now on. */
  public void giveBack(long offset, long bytes) throws IOException {
    int result = advise(address + offset, bytes, DONTNEED, state);
    if (result < 0) {
      throw Native.failure("madvise(DONTNEED)", -result);
    }
  }

  /** Has the kernel begin to read mapped pages of a file; a hint, of which no failure is told. Needs no object. */
  public static void willNeed(long address, long bytes) {
    long start = address & -4096;
    advise(start, address + bytes - start, WILLNEED, Native.state());
  }

  /**
   * Has the kernel read mapped pages of a file and map them here, and waits for that: one call instead of a fault every few pages. No failure is
   * told: who touches what could not be read meets it. Needs no object.
   */
  public static void populate(long address, long bytes) {
    long start = address & -4096;
    advise(start, address + bytes - start, POPULATE_READ, Native.state());
  }

  private static int advise(long start, long bytes, int advice, MemorySegment state) {
    try {
      return (int) Native.MADVISE.invokeExact(state, start, bytes, advice) < 0 ? -Native.errno(state) : 0;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Nobody may be using it. */
  @Override
  public void close() {
    try {
      int ignored = (int) Native.MUNMAP.invokeExact(state, address, length);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }
}
