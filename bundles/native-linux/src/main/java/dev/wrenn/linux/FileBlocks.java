package dev.wrenn.linux;

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
}
