package dev.wrenn.linux.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** What the JDK doesn't tell of a file. The structure is the same on every processor. */
public final class Statx {
  private static final int CURRENT_DIRECTORY = -100;
  private static final int BLOCKS = 0x400;
  private static final int STRUCTURE_BYTES = 256;
  private static final int BLOCKS_OFFSET = 48;
  private static final int BLOCK_BYTES = 512;

  private Statx() {}

  /** Bytes of the file system that the file takes. */
  public static long allocatedBytes(Path file) throws IOException {
    Pointer into = Memory.allocate(LibC.RUNTIME, STRUCTURE_BYTES);
    int result = LibC.C.statx(CURRENT_DIRECTORY, file.toString(), 0, BLOCKS, into);
    if (result < 0 && Files.notExists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    NativeException.checked("statx of " + file, result);
    return into.getLong(BLOCKS_OFFSET) * BLOCK_BYTES;
  }
}
