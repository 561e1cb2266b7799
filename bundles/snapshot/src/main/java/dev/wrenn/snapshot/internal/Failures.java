package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** Says in the words of the contract what a file system call has failed of. */
final class Failures {
  private Failures() {}

  static SnapshotException of(String what, IOException e) {
    return switch (e) {
      case SnapshotException typed -> typed;
      case NoSuchFileException gone -> new SnapshotException(Code.NOT_FOUND, what + ": " + gone.getFile() + " is not there", e);
      default -> isFull(e)
          ? new SnapshotException(Code.NO_SPACE, what + ": the file system is full. Delete paused capsules or templates that nobody needs,"
              + " or enlarge it.", e)
          : new SnapshotException(Code.IO, what + ": " + e, e);
    };
  }

  /** The JDK passes on the system's words for ENOSPC and EDQUOT and nothing else that tells them apart. */
  private static boolean isFull(IOException e) {
    String words = String.valueOf(e.getMessage());
    return words.contains("No space left on device") || words.contains("Disk quota exceeded");
  }
}
