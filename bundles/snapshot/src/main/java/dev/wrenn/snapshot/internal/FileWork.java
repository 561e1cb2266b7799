package dev.wrenn.snapshot.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Every way in which this bundle changes the file system. The seam at which tests fill the disk and cut the power. */
interface FileWork {
  /** A new file that only this user can read until it is sealed. */
  Output create(Path file) throws IOException;

  /** Atomic; takes the place of what was there. */
  void rename(Path from, Path to) throws IOException;

  void link(Path there, Path another) throws IOException;

  void delete(Path fileOrEmptyDirectory) throws IOException;

  void createDirectory(Path directory) throws IOException;

  /** The names in it survive a power cut after this. */
  void sync(Path directory) throws IOException;

  /** Makes a file that somebody else wrote read-only and durable. */
  void seal(Path file) throws IOException;

  /** Says that a finished file is what it should be: {@link Mark}. */
  void mark(Path file) throws IOException;

  /** A file that is being written. */
  interface Output extends Closeable {
    /** Writes all that the buffer has. */
    void write(ByteBuffer from, long at) throws IOException;

    /** Length of the file; what was never written is a hole. */
    void size(long bytes) throws IOException;

    /** Shares the blocks where the file system can, and copies inside the kernel elsewhere. */
    void copy(FileChannel from, long position, long count, long at) throws IOException;

    /** Nobody writes it any more; it gets its {@link Mark}. */
    void readOnly() throws IOException;

    /** Read-only and durable, but for its name. */
    void seal() throws IOException;

    @Override
    void close() throws IOException;
  }
}
