package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.snapshot.SnapshotId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The published snapshots: {@code snapshots/<kind>/<owner>/<generation>}. Looks at the disk each time: the files are the truth. A manifest is
 * read again when its file is another one, or was changed.
 */
final class Catalog {
  private static final Duration TICK = Duration.ofMillis(100);
  private final Layout layout;
  private final FileWork files;
  private final SmallFiles small;
  private final ManifestJson json = new ManifestJson();
  private final Map<SnapshotId, Read> read = new ConcurrentHashMap<>();

  /** @param file identity, length and time of the last change of the manifest, whatever its {@link Mark} says, as it was just before it was read */
  private record Read(List<Object> file, Snapshot snapshot) {}

  Catalog(Layout layout, FileWork files) {
    this.layout = layout;
    this.files = files;
    this.small = new SmallFiles(files);
  }

  /** Every generation of everybody, oldest first; what is no snapshot by its name is left out. */
  List<SnapshotId> ids() throws IOException {
    List<SnapshotId> ids = new ArrayList<>();
    for (SnapshotId.Kind kind : SnapshotId.Kind.values()) {
      for (Path owner : SmallFiles.list(layout.of(kind))) {
        ids.addAll(generations(kind, owner.getFileName().toString()));
      }
    }
    return ids;
  }

  /** All generations of an owner, oldest first: one, but for a moment, or after a crash. */
  List<SnapshotId> generations(SnapshotId.Kind kind, String owner) throws IOException {
    List<SnapshotId> ids = new ArrayList<>();
    if (!SnapshotId.canOwn(owner)) {
      return ids;
    }
    for (Path directory : SmallFiles.list(layout.of(kind, owner))) {
      String name = directory.getFileName().toString();
      if (name.matches("[1-9][0-9]{0,17}")) {
        ids.add(new SnapshotId(kind, owner, Long.parseLong(name)));
      }
    }
    ids.sort(Comparator.comparingLong(SnapshotId::generation));
    return ids;
  }

  Optional<SnapshotId> newest(SnapshotId.Kind kind, String owner) throws IOException {
    List<SnapshotId> ids = generations(kind, owner);
    return ids.isEmpty() ? Optional.empty() : Optional.of(ids.getLast());
  }

  boolean has(SnapshotId id) {
    return Files.isDirectory(layout.of(id));
  }

  Snapshot read(SnapshotId id) throws SnapshotException {
    Path file = layout.of(id).resolve(Layout.MANIFEST);
    try {
      List<Object> now = identity(file);
      Read known = read.get(id);
      if (known != null && known.file.equals(now)) {
        return known.snapshot;
      }
      Manifest manifest = json.decode(SmallFiles.read(file, ManifestJson.LONGEST));
      if (!manifest.id().equals(id)) {
        throw new SnapshotException(Code.CORRUPT, "it is that of " + manifest.id());
      }
      Snapshot snapshot = new Snapshot(id, layout.of(id), manifest);
      if (settled(file)) {
        read.put(id, new Read(now, snapshot));
      }
      return snapshot;
    } catch (NoSuchFileException e) {
      read.remove(id);
      throw has(id)
          ? new SnapshotException(Code.CORRUPT, "Snapshot " + id + " has lost its manifest " + file + ". Bring it back, or remove the snapshot.", e)
          : new SnapshotException(Code.NOT_FOUND, "There is no snapshot " + id, e);
    } catch (SnapshotException e) {
      throw new SnapshotException(e.code(), "Manifest " + file + " can't be used: " + e.getMessage()
          + ". Bring it back, or remove the snapshot.", e);
    } catch (IOException e) {
      throw Failures.of("Manifest " + file + " can't be read", e);
    }
  }

  private static List<Object> identity(Path file) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(file, "unix:ino,size,ctime");
    return List.of(attributes.get("ino"), attributes.get("size"), attributes.get("ctime"));
  }

  /** Two changes within one tick of the file system's clock look like one. */
  private static boolean settled(Path file) throws IOException {
    return ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant().plus(TICK).isBefore(Instant.now());
  }

  /** Writes a manifest, in place of one that may be there, durably. */
  void write(Manifest manifest, Path work, Path directory) throws IOException {
    small.publish(ByteBuffer.wrap(json.encode(manifest)), work, directory.resolve(Layout.MANIFEST));
    files.sync(directory);
  }

  /** Makes a draft's directory the snapshot, durably. When that fails it is none. */
  void publish(Path draft, SnapshotId id) throws IOException {
    Path owner = layout.of(id.kind(), id.owner());
    if (!Files.isDirectory(owner)) {
      files.createDirectory(owner);
      files.sync(layout.of(id.kind()));
    }
    files.rename(draft, layout.of(id));
    try {
      files.sync(owner);
    } catch (IOException e) {
      try {
        files.rename(layout.of(id), draft);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** Takes a snapshot away at once and durably; its files are then in the trash for the caller to delete. */
  void remove(SnapshotId id, Path trash) throws IOException {
    Path owner = layout.of(id.kind(), id.owner());
    read.remove(id);
    files.rename(layout.of(id), trash);
    files.sync(trash.getParent());
    files.sync(owner);
    if (SmallFiles.list(owner).isEmpty()) {
      files.delete(owner);
    }
  }
}
