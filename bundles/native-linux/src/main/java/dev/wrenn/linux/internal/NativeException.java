package dev.wrenn.linux.internal;

import java.io.IOException;
import jnr.ffi.Platform;

/** A system call failed. The message names the call and the reason in the system's words. */
public final class NativeException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final java.util.Map<Integer, String> WORDS = java.util.Map.of(
      1, "not permitted", 3, "no such process", 9, "bad file descriptor", 12, "out of memory", 22, "invalid argument",
      23, "too many open files on this system", 24, "too many open files in this process", 38, "not known to this kernel");

  private final int errno;

  NativeException(String call, int errno) {
    super(call + " failed: " + WORDS.getOrDefault(errno, "error") + " (errno " + errno + " on " + Platform.getNativePlatform().getName() + ")");
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  /** The result of a call, or an exception when it is negative. */
  static int checked(String call, long result) throws NativeException {
    if (result < 0) {
      throw new NativeException(call, LibC.errno());
    }
    return (int) result;
  }
}
