package dev.wrenn.snapshot.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The file system of a test: nothing is really synced, but it is known what would have been. At a chosen operation the process is
 * killed, or the disk is full from then on; afterwards the power can be cut, and what was not synced is lost, all of it or some.
 */
final class FaultyFiles implements FileWork {
  enum Fault { NONE, KILLED, FULL }

  private enum Kind { CREATE, DIRECTORY, RENAME, LINK, DELETE }

  /** A change of a directory; it is durable once that directory was synced after it. */
  private static final class Change {
    final Kind kind;
    final Path from;
    final Path to;
    final Path saved;
    boolean durable;

    Change(Kind kind, Path from, Path to, Path saved) {
      this.kind = kind;
      this.from = from;
      this.to = to;
      this.saved = saved;
    }
  }

  private final LinuxFiles real = new LinuxFiles();
  private final Path graveyard;
  private final List<Change> changes = new ArrayList<>();
  private final Map<Path, Boolean> unsealed = new HashMap<>();
  private Fault fault = Fault.NONE;
  private int countdown;
  private int graves;
  private boolean struck;
  private boolean everStruck;

  FaultyFiles(Path graveyard) throws IOException {
    this.graveyard = Files.createDirectories(graveyard);
  }

  /** The {@code operation}th change from now on fails, and all that come after it. */
  synchronized void arm(Fault kind, int operation) {
    fault = kind;
    countdown = operation;
    struck = false;
  }

  synchronized boolean struck() {
    return struck;
  }

  synchronized boolean everStruck() {
    return everStruck;
  }

  private void step(boolean takesRoom) throws IOException {
    if (fault == Fault.NONE || fault == Fault.FULL && !takesRoom) {
      return;
    }
    if (--countdown <= 0) {
      struck = true;
      everStruck = true;
      throw new IOException(fault == Fault.FULL ? "No space left on device" : "killed");
    }
  }

  @Override
  public synchronized Output create(Path file) throws IOException {
    step(true);
    Output out = real.create(file);
    changes.add(new Change(Kind.CREATE, null, file, null));
    unsealed.put(file, true);
    return new FaultyOutput(file, out);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    step(false);
    Path saved = save(to);
    real.rename(from, to);
    changes.add(new Change(Kind.RENAME, from, to, saved));
    for (Path file : List.copyOf(unsealed.keySet())) {
      if (file.startsWith(from)) {
        unsealed.remove(file);
        unsealed.put(moved(file, from, to), true);
      }
    }
  }

  @Override
  public synchronized void link(Path there, Path another) throws IOException {
    step(true);
    real.link(there, another);
    changes.add(new Change(Kind.LINK, null, another, null));
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    step(false);
    if (Files.exists(path)) {
      Path saved = save(path);
      real.delete(path);
      unsealed.remove(path);
      changes.add(new Change(Kind.DELETE, null, path, saved));
    }
  }

  @Override
  public synchronized void createDirectory(Path directory) throws IOException {
    step(true);
    real.createDirectory(directory);
    changes.add(new Change(Kind.DIRECTORY, null, directory, null));
  }

  @Override
  public synchronized void sync(Path directory) throws IOException {
    step(false);
    changes.stream().filter(change -> change.to.getParent().equals(directory)).forEach(change -> change.durable = true);
  }

  @Override
  public synchronized void seal(Path file) throws IOException {
    step(false);
    unsealed.remove(file);
  }

  @Override
  public synchronized void mark(Path file) throws IOException {
    step(false);
    real.mark(file);
  }

  private Path save(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    Path grave = graveyard.resolve("grave-" + graves++);
    Files.createLink(grave, file);
    return grave;
  }

  /** After {@link Fault#KILLED}: loses what was not synced, from some change on, and makes a mess of files that were not. */
  synchronized void cutPower(Random random) throws IOException {
    for (Path file : unsealed.keySet()) {
      if (Files.exists(file)) {
        try (FileChannel channel = FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
          channel.truncate(random.nextBoolean() ? 0 : (long) (random.nextDouble() * channel.size()));
        }
      }
    }
    List<Change> lost = new ArrayList<>(changes.stream().filter(change -> !change.durable).toList());
    lost = lost.subList(lost.isEmpty() ? 0 : random.nextInt(lost.size() + 1), lost.size());
    for (Change change : lost.reversed()) {
      undo(change, changes.indexOf(change), lost);
    }
    changes.clear();
    unsealed.clear();
  }

  private void undo(Change change, int index, List<Change> lost) throws IOException {
    Path to = now(change.to, index, lost);
    if (to == null || !Files.exists(to.getParent())) {
      // Moved on, or gone with its directory: there is no such entry to lose or to bring back.
      return;
    }
    switch (change.kind) {
      case CREATE, LINK -> Files.deleteIfExists(to);
      case DIRECTORY -> new SmallFiles(real).delete(to);
      case RENAME -> {
        Files.move(to, now(change.from, index, lost));
        if (change.saved != null) {
          Files.createLink(to, change.saved);
        }
      }
      case DELETE -> {
        if (change.saved != null) {
          Files.createLink(to, change.saved);
        } else {
          Files.createDirectory(to);
        }
      }
    }
  }

  /** Where a path of then is after the later renames that were not lost; null when it was itself moved on and its name is no more. */
  private Path now(Path path, int index, List<Change> lost) {
    Path at = path;
    for (Change later : changes.subList(index + 1, changes.size())) {
      if (later.kind == Kind.RENAME && !lost.contains(later) && at.startsWith(later.from)) {
        if (at.equals(later.from)) {
          return null;
        }
        at = moved(at, later.from, later.to);
      }
    }
    return at;
  }

  private static Path moved(Path path, Path from, Path to) {
    return path.equals(from) ? to : to.resolve(from.relativize(path));
  }

  private final class FaultyOutput implements Output {
    private final Path file;
    private final Output out;

    FaultyOutput(Path file, Output out) {
      this.file = file;
      this.out = out;
    }

    @Override
    public void write(ByteBuffer from, long at) throws IOException {
      synchronized (FaultyFiles.this) {
        try {
          step(true);
        } catch (IOException e) {
          // Torn, as writes are.
          out.write(from.slice(from.position(), from.remaining() / 2), at);
          throw e;
        }
        out.write(from, at);
      }
    }

    @Override
    public void size(long bytes) throws IOException {
      synchronized (FaultyFiles.this) {
        step(true);
        out.size(bytes);
      }
    }

    @Override
    public void copy(FileChannel from, long position, long count, long at) throws IOException {
      synchronized (FaultyFiles.this) {
        step(true);
        out.copy(from, position, count, at);
      }
    }

    @Override
    public void readOnly() throws IOException {
      synchronized (FaultyFiles.this) {
        step(false);
        out.readOnly();
      }
    }

    @Override
    public void seal() throws IOException {
      synchronized (FaultyFiles.this) {
        step(false);
        out.readOnly();
        unsealed.remove(file);
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
