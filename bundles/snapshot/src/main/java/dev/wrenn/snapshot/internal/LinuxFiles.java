package dev.wrenn.snapshot.internal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The file system itself. */
final class LinuxFiles implements FileWork {
  private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--r--r--");
  private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OUR_DIRECTORY = PosixFilePermissions.fromString("rwx------");

  @Override
  public Output create(Path file) throws IOException {
    return new ChannelOutput(file, FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(OURS)));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void link(Path there, Path another) throws IOException {
    Files.createLink(another, there);
  }

  @Override
  public void delete(Path fileOrEmptyDirectory) throws IOException {
    Files.deleteIfExists(fileOrEmptyDirectory);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OUR_DIRECTORY));
  }

  @Override
  public void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void seal(Path file) throws IOException {
    Files.setPosixFilePermissions(file, READ_ONLY);
    sync(file);
  }

  @Override
  public void mark(Path file) throws IOException {
    Mark.set(file);
  }

  private record ChannelOutput(Path file, FileChannel channel) implements Output {
    @Override
    public void write(ByteBuffer from, long at) throws IOException {
      for (long position = at; from.hasRemaining();) {
        position += channel.write(from, position);
      }
    }

    @Override
    public void size(long bytes) throws IOException {
      // A write at the end is the only way by which a channel grows a file.
      write(ByteBuffer.allocate(1), bytes - 1);
    }

    @Override
    public void copy(FileChannel from, long position, long count, long at) throws IOException {
      channel.position(at);
      for (long done = 0; done < count;) {
        long copied = from.transferTo(position + done, count - done, channel);
        if (copied <= 0) {
          throw new EOFException(file + ": what is copied ended after " + done + " of " + count + " bytes");
        }
        done += copied;
      }
    }

    @Override
    public void readOnly() throws IOException {
      Files.setPosixFilePermissions(file, READ_ONLY);
      Mark.set(file);
    }

    @Override
    public void seal() throws IOException {
      readOnly();
      channel.force(true);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
