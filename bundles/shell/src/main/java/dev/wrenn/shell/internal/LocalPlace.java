package dev.wrenn.shell.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** A path on the machine where the platform runs, with the rights of its user. */
record LocalPlace(Path path) implements Place {

  @Override
  public String shown() {
    return Listing.oneLine(path.toString());
  }

  @Override
  public String name() {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? "" : last.toString();
  }

  @Override
  public Kind kind() {
    return kind(path);
  }

  private static Kind kind(Path path, LinkOption... options) {
    if (options.length > 0 && Files.isSymbolicLink(path)) {
      return Kind.LINK;
    }
    if (Files.isRegularFile(path)) {
      return Kind.FILE;
    }
    return Files.isDirectory(path) ? Kind.DIRECTORY : Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? Kind.OTHER : Kind.NOTHING;
  }

  @Override
  public List<Child> children() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> new Child(file.getFileName().toString(), kind(file, LinkOption.NOFOLLOW_LINKS))).toList();
    }
  }

  /** Names come from guests: none of them may lead elsewhere. */
  @Override
  public LocalPlace child(String name) throws IOException {
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw new IOException("'" + name + "' is no name of a file here: nothing was written for it.");
    }
    return new LocalPlace(path.resolve(name));
  }

  @Override
  public Content open() throws IOException {
    InputStream bytes = Files.newInputStream(path);
    return new Content(bytes, OptionalLong.of(Files.size(path)), Files.isExecutable(path), bytes);
  }

  @Override
  public void write(InputStream bytes, boolean executable) throws IOException {
    // Of a link, where it leads: the link itself stays.
    Path target = Files.exists(path) ? path.toRealPath() : path;
    Path part = target.resolveSibling("." + UUID.randomUUID() + ".part");
    try {
      Files.copy(bytes, part);
      if (Files.exists(target)) {
        Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(target));
      }
      if (executable) {
        Set<PosixFilePermission> rights = EnumSet.copyOf(Files.getPosixFilePermissions(part));
        rights.add(PosixFilePermission.OWNER_EXECUTE);
        Files.setPosixFilePermissions(part, rights);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** A link below a target leads elsewhere: nothing is written through it. */
  @Override
  public void makeDirectory() throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(path);
    }
  }
}
