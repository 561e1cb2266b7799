package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** What the kernel keeps of a file in memory. Hints: files on which they have no effect are no error. */
public final class FileCache implements AutoCloseable {
  private static final int WILLNEED = 3;
  private static final int DONTNEED = 4;

  private final MemorySegment state = Native.state();
  private final int descriptor;

  private FileCache(int descriptor) {
    this.descriptor = descriptor;
  }

  public static FileCache of(Path file) throws IOException {
    MemorySegment state = Native.state();
    try (Arena arena = Arena.ofConfined()) {
      return new FileCache((int) Native.checked("open of " + file, (int) Native.OPEN.invokeExact(state, arena.allocateFrom(file.toString()), 0x80000), state));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Has the kernel begin to read; it does not wait for the disk. */
  public void willNeed(long offset, long length) {
    advise(offset, length, WILLNEED);
  }

  /** Has the kernel forget what nobody has mapped. Written pages must be synced before. */
  public void drop() {
    advise(0, 0, DONTNEED);
  }

  private void advise(long offset, long length, int advice) {
    try {
      int ignored = (int) Native.FADVISE.invokeExact(state, descriptor, offset, length, advice);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  @Override
  public void close() {
    Descriptor.close(descriptor);
  }
}
