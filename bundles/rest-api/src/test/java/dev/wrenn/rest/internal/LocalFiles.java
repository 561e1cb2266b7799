package dev.wrenn.rest.internal;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileRange;
import dev.wrenn.files.FileWatch;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** Real files of this machine, below one directory, in the shape of a capsule's. */
final class LocalFiles implements Files, AutoCloseable {
  private static final long ENDLESS = 1L << 40;

  private final Path root;
  /** Files of this size or more don't fit. */
  volatile long room = Long.MAX_VALUE;
  /** A read breaks off after so many bytes. */
  volatile long breakAfter = Long.MAX_VALUE;
  /** Opened: the agent dies over uploads to .../dies. */
  final CountDownLatch death = new CountDownLatch(1);
  /** Opened by an upload to .../dies that has got its first bytes. */
  final CountDownLatch waiting = new CountDownLatch(1);

  LocalFiles() {
    try {
      root = java.nio.file.Files.createTempDirectory("wrenn-rest-files");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path(String path) {
    return root.resolve(path.replaceFirst("^/+", ""));
  }

  private Path existing(String path) throws GuestException {
    Path file = path(path);
    if (!java.nio.file.Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new GuestException(Code.NOT_FOUND, path + " does not exist");
    }
    return file;
  }

  private interface Io<T> {
    T run() throws IOException, GuestException;
  }

  private static <T> T io(Io<T> io) throws GuestException {
    try {
      return io.run();
    } catch (IOException e) {
      throw new GuestException(Code.AGENT, e.toString(), e);
    }
  }

  private static FileEntry entry(String shown, Path file) throws IOException {
    boolean broken = !java.nio.file.Files.exists(file);
    PosixFileAttributes attributes = broken ? java.nio.file.Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        : java.nio.file.Files.readAttributes(file, PosixFileAttributes.class);
    FileEntry.Type type = broken ? FileEntry.Type.SYMLINK : attributes.isDirectory() ? FileEntry.Type.DIRECTORY
        : attributes.isRegularFile() ? FileEntry.Type.FILE : FileEntry.Type.OTHER;
    int mode = ((Number) java.nio.file.Files.getAttribute(file, "unix:mode", broken ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS}
        : new LinkOption[0])).intValue() & 07777;
    Optional<String> target = java.nio.file.Files.isSymbolicLink(file)
        ? Optional.of(java.nio.file.Files.readSymbolicLink(file).toString()) : Optional.empty();
    return new FileEntry(file.getFileName().toString(), shown, type, attributes.size(), mode,
        "-" + PosixFilePermissions.toString(attributes.permissions()), attributes.owner().getName(), attributes.group().getName(),
        attributes.lastModifiedTime().toInstant(), target);
  }

  @Override
  public FileEntry stat(String path) throws GuestException {
    Path file = existing(path);
    return io(() -> entry(path, file));
  }

  @Override
  public List<FileEntry> list(String path, int depth) throws GuestException {
    Path directory = existing(path);
    if (!java.nio.file.Files.isDirectory(directory)) {
      throw new GuestException(Code.INVALID, path + " is not a directory");
    }
    return io(() -> {
      try (Stream<Path> files = java.nio.file.Files.walk(directory, depth)) {
        List<Path> found = files.filter(file -> !file.equals(directory)).sorted().toList();
        if (found.size() > 1000) {
          throw new GuestException(Code.NO_CAPACITY, "too many entries");
        }
        List<FileEntry> entries = new java.util.ArrayList<>();
        for (Path file : found) {
          entries.add(entry(path + "/" + directory.relativize(file), file));
        }
        return entries;
      }
    });
  }

  @Override
  public FileEntry makeDirectory(String path) throws GuestException {
    Path directory = path(path);
    if (java.nio.file.Files.exists(directory)) {
      throw new GuestException(java.nio.file.Files.isDirectory(directory) ? Code.CONFLICT : Code.INVALID, path + " is there already");
    }
    return io(() -> entry(path, java.nio.file.Files.createDirectories(directory)));
  }

  @Override
  public void remove(String path) throws GuestException {
    Path file = existing(path);
    io(() -> {
      clear(file);
      return null;
    });
  }

  private static void clear(Path file) throws IOException {
    try (Stream<Path> all = java.nio.file.Files.walk(file)) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        java.nio.file.Files.delete(one);
      }
    }
  }

  @Override
  public FileEntry move(String source, String destination) throws GuestException {
    Path from = existing(source);
    return io(() -> entry(destination, java.nio.file.Files.move(from, path(destination))));
  }

  @Override
  public FileEntry copy(String source, String destination) throws GuestException {
    Path from = existing(source);
    if (java.nio.file.Files.exists(path(destination))) {
      throw new GuestException(Code.CONFLICT, destination + " is there already");
    }
    return io(() -> entry(destination, java.nio.file.Files.copy(from, path(destination))));
  }

  @Override
  public FileEntry chmod(String path, int mode, boolean recursive) throws GuestException {
    Path file = existing(path);
    return io(() -> {
      java.nio.file.Files.setAttribute(file, "unix:mode", mode);
      return entry(path, file);
    });
  }

  @Override
  public FileContent read(String path, Optional<FileRange> range) throws GuestException {
    Path file = existing(path);
    if (path.endsWith("/endless")) {
      return content(new Zeros(ENDLESS), 0, ENDLESS, true);
    }
    if (!java.nio.file.Files.isRegularFile(file)) {
      throw new GuestException(Code.INVALID, path + " is not a regular file");
    }
    return io(() -> {
      long size = java.nio.file.Files.size(file);
      long first = range.map(r -> r.first().orElseGet(() -> Math.max(0, size - r.last().getAsLong()))).orElse(0L);
      long last = range.map(r -> r.first().isPresent() ? Math.min(r.last().orElse(size - 1), size - 1) : size - 1).orElse(size - 1);
      if (range.isPresent() && first >= size) {
        throw new GuestException(Code.INVALID, path + " has only " + size + " bytes");
      }
      InputStream in = java.nio.file.Files.newInputStream(file);
      in.skipNBytes(first);
      return content(new Part(in, last - first + 1, breakAfter), first, size, !path.endsWith("unknown"));
    });
  }

  private static FileContent content(InputStream in, long first, long size, boolean known) {
    long length = in instanceof Part part ? part.left : size;
    return new FileContent() {
      @Override
      public OptionalLong length() {
        return known ? OptionalLong.of(length) : OptionalLong.empty();
      }

      @Override
      public long offset() {
        return first;
      }

      @Override
      public OptionalLong fileSize() {
        return known ? OptionalLong.of(size) : OptionalLong.empty();
      }

      @Override
      public String contentType() {
        return "text/html";
      }

      @Override
      public InputStream stream() {
        return in;
      }

      @Override
      public void close() {
        try {
          in.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** So much of a stream; it breaks off where it shall. */
  private static final class Part extends FilterInputStream {
    private long left;
    private long untilBreak;

    Part(InputStream in, long length, long untilBreak) {
      super(in);
      this.left = length;
      this.untilBreak = untilBreak;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      if (untilBreak == 0) {
        throw new IOException("the connection to the guest broke off");
      }
      int count = super.read(target, offset, (int) Math.min(Math.min(length, left), untilBreak));
      left -= count;
      untilBreak -= count;
      return count;
    }
  }

  /** So many zeros. */
  static final class Zeros extends InputStream {
    private long left;

    Zeros(long count) {
      left = count;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = (int) Math.min(left, length);
      left -= count;
      return count == 0 ? -1 : count;
    }
  }

  @Override
  public FileEntry write(String path, InputStream content, OptionalLong length) throws GuestException, IOException {
    Path file = path(path);
    if (java.nio.file.Files.isDirectory(file)) {
      throw new GuestException(Code.INVALID, path + " is a directory");
    }
    if (path.endsWith("/dies")) {
      throw died(content);
    }
    boolean whole = false;
    io(() -> java.nio.file.Files.createDirectories(file.getParent()));
    try (OutputStream out = path.endsWith("/null") ? OutputStream.nullOutputStream() : java.nio.file.Files.newOutputStream(file)) {
      byte[] piece = new byte[8192];
      long written = 0;
      for (int count = content.read(piece); count >= 0; count = content.read(piece)) {
        written += count;
        if (written >= room) {
          throw new GuestException(Code.NO_CAPACITY, "no space left on device");
        }
        out.write(piece, 0, count);
      }
      if (length.isPresent() && length.getAsLong() != written) {
        throw new GuestException(Code.INVALID, "the content broke off");
      }
      whole = true;
    } finally {
      if (!whole) {
        java.nio.file.Files.deleteIfExists(file);
      }
    }
    if (path.endsWith("/null")) {
      java.nio.file.Files.createFile(file);
    }
    return io(() -> entry(path, file));
  }

  /** Wakes whoever waits for content, as the client of a real agent does. */
  private GuestException died(InputStream content) {
    Thread reader = Thread.currentThread();
    Thread.ofVirtual().start(() -> {
      try {
        death.await();
        reader.interrupt();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    try {
      content.readNBytes(1000);
      waiting.countDown();
      content.transferTo(OutputStream.nullOutputStream());
      throw new AssertionError("the content has ended");
    } catch (IOException interrupted) {
      Thread.interrupted();
      return new GuestException(Code.UNAVAILABLE, "the agent is gone", interrupted);
    }
  }

  @Override
  public FileWatch watch(String path, boolean recursive) throws GuestException {
    Path directory = existing(path);
    return io(() -> {
      WatchService service = root.getFileSystem().newWatchService();
      directory.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
      return new Watching(service, directory);
    });
  }

  private record Watching(WatchService service, Path directory, Deque<WatchEvent<?>> events) implements FileWatch {
    Watching(WatchService service, Path directory) {
      this(service, directory, new ArrayDeque<>());
    }

    @Override
    public Optional<Change> next() {
      try {
        while (events.isEmpty()) {
          WatchKey key = service.take();
          events.addAll(key.pollEvents());
          key.reset();
        }
      } catch (java.nio.file.ClosedWatchServiceException closed) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
      WatchEvent<?> event = events.poll();
      boolean made = event.kind() == StandardWatchEventKinds.ENTRY_CREATE;
      try {
        String name = event.context().toString();
        return Optional.of(new Change(made ? Kind.CREATE : Kind.REMOVE, name,
            made ? Optional.of(entry("/" + name, directory.resolve(name))) : Optional.empty()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        service.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    try {
      clear(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
