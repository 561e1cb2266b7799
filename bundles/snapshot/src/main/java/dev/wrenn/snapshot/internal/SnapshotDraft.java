package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.memory.PageSink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A snapshot that is being written into its own directory in {@code work}. The directory's name is the record of the intent. */
final class SnapshotDraft implements Draft {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotDraft.class);
  private static final Set<String> RESERVED = Set.of(Layout.MANIFEST, Layout.HOT_SET);

  private final SnapshotId id;
  private final SnapshotStore store;
  private final Path directory;
  private final Path layerFile;
  private final Path scratch;
  private final Pins.Pin pin;
  private Capture capture;
  private boolean over;

  SnapshotDraft(SnapshotId id, SnapshotStore store, Path directory, Pins.Pin pin) {
    this.id = id;
    this.store = store;
    this.directory = directory;
    this.layerFile = directory.resolveSibling(directory.getFileName() + ".layer");
    this.scratch = directory.resolveSibling(directory.getFileName() + ".part");
    this.pin = pin;
  }

  @Override
  public SnapshotId id() {
    return id;
  }

  @Override
  public Path file(String name) {
    if (!name.matches("[a-z0-9][a-z0-9._-]{0,63}") || RESERVED.contains(name)) {
      throw new IllegalArgumentException("'" + name + "' can't be the name of a part");
    }
    return directory.resolve(name);
  }

  @Override
  public PageSink memoryOver(Digest parent, boolean compare) throws SnapshotException {
    checkFirst();
    LayeredImage below = store.open(parent);
    // Opened in any case: what the new map will name must be there, and must stay until the manifest names it.
    pin.add(parent);
    pin.add(below.map().layers().stream().map(PageMap.Layer::name).toList());
    if (!compare) {
      below.close();
    }
    return capture(below.map(), Optional.of(parent), compare ? Optional.of(below) : Optional.empty());
  }

  @Override
  public PageSink memory(long bytes) throws SnapshotException {
    checkFirst();
    return capture(PageMap.zero(bytes), Optional.empty(), Optional.empty());
  }

  private void checkFirst() throws SnapshotException {
    if (over || capture != null) {
      throw new SnapshotException(Code.INVALID, "The draft of " + id + " is over, or has its memory already");
    }
  }

  private PageSink capture(PageMap below, Optional<Digest> name, Optional<LayeredImage> compared) {
    capture = new Capture(below, name, compared, new LayerWriter(store.files(), layerFile));
    return capture;
  }

  @Override
  public Snapshot publish(Manifest.Details details) throws SnapshotException {
    if (over || capture == null) {
      throw new SnapshotException(Code.INVALID, "The draft of " + id + " is over, or was given no memory");
    }
    try {
      Manifest.Memory memory = memory();
      Manifest manifest = new Manifest(id, store.now(), memory, parts(), details);
      store.catalog().write(manifest, scratch, directory);
      List<String> problems = store.verifier().problems(manifest, directory, Snapshots.Depth.QUICK);
      if (!problems.isEmpty()) {
        throw new SnapshotException(Code.CORRUPT, "Snapshot " + id + " is not what was written: " + String.join("; ", problems));
      }
      return store.publish(directory, manifest);
    } catch (IOException e) {
      throw Failures.of("Snapshot " + id + " can't be made in " + store.layout().root(), e);
    } finally {
      close();
    }
  }

  private Manifest.Memory memory() throws IOException {
    Optional<PageMap.Layer> layer = capture.finish();
    store.layers().publish(layerFile, layer, pin);
    return store.maps().write(capture.map(layer), scratch, pin).asMemory();
  }

  private List<Manifest.Part> parts() throws IOException {
    List<Manifest.Part> parts = new ArrayList<>();
    for (Path file : SmallFiles.list(directory)) {
      store.files().seal(file);
      parts.add(new Manifest.Part(file.getFileName().toString(), file.toFile().length(), SmallFiles.digest(file)));
    }
    return parts;
  }


  @Override
  public void close() {
    if (over) {
      return;
    }
    over = true;
    try {
      if (capture != null) {
        capture.close();
      }
      store.drop(List.of(directory, layerFile, scratch));
    } catch (IOException e) {
      LOG.warn("What was begun of snapshot {} can't be removed now; the next start does: {}", id, e.toString());
    } finally {
      pin.close();
      store.ended(id);
    }
  }
}
