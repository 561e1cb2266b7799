package dev.wrenn.shell.internal;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileRange;
import dev.wrenn.files.FileWatch;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** The agent's view of a disk that is a folder of the test. */
record FolderFiles(Path folder) implements Files {

  private Path at(String path) {
    return folder.resolve(path.replaceFirst("^/+", ""));
  }

  @Override
  public FileEntry stat(String path) throws GuestException {
    Path file = at(path);
    if (!java.nio.file.Files.exists(file)) {
      throw new GuestException(GuestException.Code.NOT_FOUND, "path not found: " + path);
    }
    return entry(file);
  }

  private FileEntry entry(Path file) {
    try {
      boolean link = java.nio.file.Files.isSymbolicLink(file);
      FileEntry.Type type = java.nio.file.Files.isDirectory(file) ? FileEntry.Type.DIRECTORY
          : java.nio.file.Files.isRegularFile(file) ? FileEntry.Type.FILE : link ? FileEntry.Type.SYMLINK : FileEntry.Type.OTHER;
      Set<PosixFilePermission> rights = link ? Set.of() : java.nio.file.Files.getPosixFilePermissions(file);
      int mode = rights.contains(PosixFilePermission.OWNER_EXECUTE) ? 0755 : 0644;
      return new FileEntry(file.getFileName().toString(), "/" + folder.relativize(file), type, link ? 0 : java.nio.file.Files.size(file), mode,
          "-" + PosixFilePermissions.toString(rights), "root", "root", Instant.EPOCH,
          link ? Optional.of(java.nio.file.Files.readSymbolicLink(file).toString()) : Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<FileEntry> list(String path, int depth) {
    Path start = at(path);
    try (Stream<Path> below = java.nio.file.Files.walk(start, depth)) {
      return below.filter(file -> !file.equals(start)).map(this::entry).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public FileEntry makeDirectory(String path) throws GuestException {
    if (java.nio.file.Files.exists(at(path), LinkOption.NOFOLLOW_LINKS)) {
      throw new GuestException(GuestException.Code.CONFLICT, "already there: " + path);
    }
    try {
      return entry(java.nio.file.Files.createDirectories(at(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public FileContent read(String path, Optional<FileRange> range) {
    try {
      InputStream bytes = java.nio.file.Files.newInputStream(at(path));
      long length = java.nio.file.Files.size(at(path));
      return new FileContent() {
        @Override public OptionalLong length() {
          return OptionalLong.of(length);
        }

        @Override public long offset() {
          return 0;
        }

        @Override public OptionalLong fileSize() {
          return OptionalLong.of(length);
        }

        @Override public String contentType() {
          return "application/octet-stream";
        }

        @Override public InputStream stream() {
          return bytes;
        }

        @Override public void close() {
          try {
            bytes.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public FileEntry write(String path, InputStream content, OptionalLong length) throws IOException {
    java.nio.file.Files.createDirectories(at(path).getParent());
    java.nio.file.Files.copy(content, at(path), StandardCopyOption.REPLACE_EXISTING);
    return entry(at(path));
  }

  @Override
  public FileEntry chmod(String path, int mode, boolean recursive) {
    if (!at(path).toFile().setExecutable((mode & 0100) != 0)) {
      throw new AssertionError(path);
    }
    return entry(at(path));
  }

  @Override
  public void remove(String path) {
    throw new AssertionError("no command removes files");
  }

  @Override
  public FileEntry move(String source, String destination) {
    throw new AssertionError("no command moves files");
  }

  @Override
  public FileEntry copy(String source, String destination) {
    throw new AssertionError("no command copies inside a capsule");
  }

  @Override
  public FileWatch watch(String path, boolean recursive) {
    throw new AssertionError("no command watches files");
  }
}
