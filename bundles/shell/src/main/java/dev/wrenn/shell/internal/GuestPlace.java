package dev.wrenn.shell.internal;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A path in a capsule. */
record GuestPlace(Files files, String capsule, String path) implements Place {
  private static final int EXECUTABLE = 0111;

  @Override
  public String shown() {
    return Listing.oneLine(capsule + ":" + path);
  }

  @Override
  public String name() {
    String trimmed = path.replaceFirst("/+$", "");
    return trimmed.substring(trimmed.lastIndexOf('/') + 1);
  }

  @Override
  public Kind kind() throws GuestException {
    try {
      return kind(files.stat(path));
    } catch (GuestException e) {
      if (e.code() == GuestException.Code.NOT_FOUND) {
        return Kind.NOTHING;
      }
      throw e;
    }
  }

  private static Kind kind(FileEntry entry) {
    return switch (entry.type()) {
      case FILE -> Kind.FILE;
      case DIRECTORY -> Kind.DIRECTORY;
      case SYMLINK -> Kind.LINK;
      case OTHER -> Kind.OTHER;
    };
  }

  @Override
  public List<Child> children() throws GuestException {
    return files.list(path, 1).stream()
        .map(entry -> new Child(entry.name(), entry.linkTarget().isPresent() ? Kind.LINK : kind(entry))).toList();
  }

  @Override
  public GuestPlace child(String name) {
    return new GuestPlace(files, capsule, path.endsWith("/") ? path + name : path + "/" + name);
  }

  @Override
  public Content open() throws GuestException {
    boolean executable = (files.stat(path).mode() & EXECUTABLE) != 0;
    FileContent content = files.read(path, Optional.empty());
    return new Content(content.stream(), content.length(), executable, content);
  }

  @Override
  public void write(InputStream bytes, boolean executable) throws GuestException, IOException {
    FileEntry written = files.write(path, bytes, OptionalLong.empty());
    if (executable && (written.mode() & EXECUTABLE) == 0) {
      files.chmod(path, written.mode() | EXECUTABLE, false);
    }
  }

  @Override
  public void makeDirectory() throws GuestException {
    try {
      files.makeDirectory(path);
    } catch (GuestException e) {
      if (e.code() != GuestException.Code.CONFLICT) {
        throw e;
      }
    }
  }
}
