package dev.wrenn.linux;

import dev.wrenn.linux.internal.Extents;
import dev.wrenn.linux.internal.Statx;
import java.io.IOException;
import java.nio.file.Path;

/** What files really take of their file system, holes and shared blocks aside. Any thread; no process is started. */
public final class FileBlocks {
  private FileBlocks() {}

  /**
   * Bytes that are allocated for a file. Blocks that it shares with another file count for both.
   *
   * @throws java.nio.file.NoSuchFileException when there is no such file
   */
  public static long allocatedBytes(Path file) throws IOException {
    return Statx.allocatedBytes(file);
  }

  /**
   * Bytes that a file takes alone: blocks that it shares with another file (reflink) don't count. Where the file system can't tell,
   * or shares nothing, the same as {@link #allocatedBytes}. Takes as long as the file has pieces: a millisecond for thousands.
   *
   * @throws java.nio.file.NoSuchFileException when there is no such file
   */
  public static long unsharedBytes(Path file) throws IOException {
    long allocated = allocatedBytes(file);
    return Extents.unsharedBytes(file).orElse(allocated);
  }
}
