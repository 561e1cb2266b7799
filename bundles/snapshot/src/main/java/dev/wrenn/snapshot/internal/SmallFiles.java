package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/** What is done with files again and again. */
final class SmallFiles {
  private final FileWork files;

  SmallFiles(FileWork files) {
    this.files = files;
  }

  /** A file that is there whole or not at all. Its name is durable once its directory is synced. */
  void publish(ByteBuffer content, Path work, Path file) throws IOException {
    delete(work);
    try (FileWork.Output out = files.create(work)) {
      out.write(content.duplicate(), 0);
      out.seal();
    }
    files.rename(work, file);
  }

  /** Removes a file, or a directory with all that is in it; nothing there is fine. */
  void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (Path inside : list(path)) {
        delete(inside);
      }
    }
    files.delete(path);
  }

  /** What is in a directory, sorted; nothing when there is none. */
  static List<Path> list(Path directory) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(paths::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    paths.sort(null);
    return paths;
  }

  /** @throws SnapshotException {@code CORRUPT} when it is longer than it can be */
  static ByteBuffer read(Path file, long longest) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > longest) {
        throw new SnapshotException(Code.CORRUPT, file + " has " + channel.size() + " bytes, more than the " + longest + " that are allowed");
      }
      ByteBuffer content = ByteBuffer.allocate((int) channel.size());
      while (content.hasRemaining() && channel.read(content) > 0) {
        continue;
      }
      return content.flip();
    }
  }

  static Digest digest(Path file) throws IOException {
    MessageDigest sha256 = Digest.sha256();
    ByteBuffer buffer = ByteBuffer.allocate(LayerHeader.BLOCK);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer.clear()) > 0) {
        sha256.update(buffer.flip());
      }
    }
    return Digest.of(sha256.digest());
  }
}
