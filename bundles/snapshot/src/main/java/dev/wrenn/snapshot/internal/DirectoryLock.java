package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Keeps a second instance out of a directory; it ends with the process. */
record DirectoryLock(FileChannel channel, FileLock lock) implements Closeable {

  static DirectoryLock take(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      // Pages of guests hold secrets: only this user may look in.
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    FileChannel channel = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this JVM: said below.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    if (lock == null) {
      throw new SnapshotException(Code.CONFLICT, "Another instance uses " + directory + ". End it, or set another 'directory'.");
    }
    return new DirectoryLock(channel, lock);
  }

  boolean isHeld() {
    return lock.isValid();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
