package dev.wrenn.storage.file.internal;

import dev.wrenn.linux.CommandTimeoutException;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/** Says in the words of the contract what a file system call has failed of. */
final class StorageFailure {
  private static final String STEP = "disk";

  private StorageFailure() {}

  static DriverException of(String what, IOException e) {
    return switch (e) {
      case CommandTimeoutException _ -> DriverException.timeout(STEP).withDetail(e.getMessage());
      case InterruptedIOException _ -> interrupted(what, e);
      case ClosedByInterruptException _ -> interrupted(what, e);
      default -> isFull(e)
          ? DriverException.of(Code.NO_CAPACITY, STEP, what + ": the file system is full. Delete paused capsules or templates that"
              + " nobody needs, or enlarge it.", e)
          : DriverException.of(Code.IO, STEP, what + ": " + e.getMessage(), e);
    };
  }

  private static DriverException interrupted(String what, IOException e) {
    return DriverException.of(Code.IO, STEP, what + ": interrupted", e).asRetryable();
  }

  /** The JDK and the tools pass on the system's words for ENOSPC and EDQUOT and nothing else that tells them apart. */
  private static boolean isFull(IOException e) {
    String words = String.valueOf(e.getMessage());
    return words.contains("No space left on device") || words.contains("Disk quota exceeded");
  }

  static DriverException of(Code code, String message) {
    return DriverException.of(code, STEP, message);
  }
}
