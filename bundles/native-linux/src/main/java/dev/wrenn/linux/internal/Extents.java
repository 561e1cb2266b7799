package dev.wrenn.linux.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** Where the bytes of a file lie, by the kernel's FIEMAP. */
public final class Extents {
  private static final int READ_CLOEXEC = 0x80000;
  private static final long FIEMAP = 0xC020660BL;
  private static final int HEADER_BYTES = 32;
  private static final int EXTENT_BYTES = 56;
  private static final int EXTENTS = 256;
  private static final int LAST = 0x1;
  private static final int SHARED = 0x2000;
  private static final int ENOTTY = 25;
  private static final int EOPNOTSUPP = 95;

  private Extents() {}

  /** Bytes in extents that no other file shares; empty where the file system can't tell. */
  public static OptionalLong unsharedBytes(Path file) throws IOException {
    int fd = NativeException.checked("open of " + file, LibC.C.open(file.toString(), READ_CLOEXEC));
    try {
      return sum(fd, file);
    } finally {
      LibC.C.close(fd);
    }
  }

  private static OptionalLong sum(int fd, Path file) throws IOException {
    Pointer map = Memory.allocate(LibC.RUNTIME, HEADER_BYTES + EXTENTS * EXTENT_BYTES);
    long sum = 0;
    long start = 0;
    while (true) {
      map.setMemory(0, HEADER_BYTES, (byte) 0);
      map.putLong(0, start);
      map.putLong(8, -1L);
      map.putInt(24, EXTENTS);
      int result = LibC.C.ioctl(fd, FIEMAP, map);
      if (result < 0 && (LibC.errno() == EOPNOTSUPP || LibC.errno() == ENOTTY)) {
        return OptionalLong.empty();
      }
      NativeException.checked("FIEMAP of " + file, result);
      int found = map.getInt(20);
      int flags = LAST;
      for (int i = 0; i < found; i++) {
        long extent = HEADER_BYTES + (long) i * EXTENT_BYTES;
        flags = map.getInt(extent + 40);
        sum += (flags & SHARED) == 0 ? map.getLong(extent + 16) : 0;
        start = map.getLong(extent) + map.getLong(extent + 16);
      }
      if ((flags & LAST) != 0) {
        return OptionalLong.of(sum);
      }
    }
  }
}
