package dev.wrenn.snapshot.internal;

import dev.wrenn.linux.FileBlocks;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshots in one directory, which no other instance may use at the same time. */
class SnapshotStore implements Snapshots, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotStore.class);
  private static final int LONGEST_HOT_SET = 64 + 8 * HotSet.MAX_RANGES;

  private final Layout layout;
  private final FileWork files;
  private final SmallFiles small;
  private final InstantSource clock;
  private final long reserveBytes;
  private final Runnable changed;
  private final DirectoryLock lock;
  private final Maps maps;
  private final Layers layers;
  private final Flats flats;
  private final Catalog catalog;
  private final Leases leases;
  private final Verifier verifier;
  private final Tidying tidying;
  private final Pins pins = new Pins();
  private final OwnerLocks locks = new OwnerLocks();
  private final OwnerLocks flattening = new OwnerLocks();
  private final Set<SnapshotId> drafts = new HashSet<>();
  /** Read: publishing; write: giving the directory up, after which another instance clears what is not finished. */
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  /**
   * Opens the directory, makes it if need be, and removes what a crash left half done.
   *
   * @param boot names this start of the machine
   * @param changed told when there may be something to tidy
   */
  SnapshotStore(Path root, CompactionPlan plan, long reserveBytes, FileWork files, InstantSource clock, String boot,
      Runnable changed) throws IOException {
    this.layout = new Layout(root);
    this.files = files;
    this.small = new SmallFiles(files);
    this.clock = clock;
    this.reserveBytes = reserveBytes;
    this.changed = changed;
    this.maps = new Maps(layout, files);
    this.layers = new Layers(layout, files);
    this.flats = new Flats(layout, files);
    this.catalog = new Catalog(layout, files);
    this.leases = new Leases(layout, files);
    this.verifier = new Verifier(layout, files, maps);
    Compactor compactor = new Compactor(layout, files, maps, layers, flats, catalog, locks);
    this.tidying = new Tidying(plan, catalog, leases, maps, compactor, new Collector(layout, files), pins,
        this::spareBytes);
    this.lock = DirectoryLock.take(root);
    boolean ready = false;
    try {
      new Recovery(layout, files, catalog, boot).run();
      ready = true;
    } finally {
      if (!ready) {
        lock.close();
      }
    }
  }

  Layout layout() {
    return layout;
  }

  FileWork files() {
    return files;
  }

  Maps maps() {
    return maps;
  }

  Layers layers() {
    return layers;
  }

  Catalog catalog() {
    return catalog;
  }

  /** Rounded up. */
  private static long mib(long bytes) {
    return Math.ceilDiv(bytes, 1L << 20);
  }

  Verifier verifier() {
    return verifier;
  }

  Pins pins() {
    return pins;
  }

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public Draft prepare(SnapshotId id, long expectedBytes) throws SnapshotException {
    long spare = spareBytes();
    if (spare < expectedBytes) {
      throw new SnapshotException(Code.NO_SPACE, "No room to save: that may take " + mib(expectedBytes) + " MiB, and of the "
          + mib(spare + reserveBytes) + " MiB that the file system of " + layout.root() + " has free, " + mib(reserveBytes)
          + " are kept. Delete paused capsules or templates that nobody needs, enlarge it, or lower 'reserveMib' of dev.wrenn.snapshot.");
    }
    synchronized (drafts) {
      if (!drafts.add(id)) {
        throw new SnapshotException(Code.CONFLICT, "Snapshot " + id + " is being made already");
      }
    }
    boolean begun = false;
    try {
      checkNew(id);
      Path directory = layout.draft(id);
      small.delete(directory);
      files.createDirectory(directory);
      begun = true;
      return new SnapshotDraft(id, this, directory, pins.pin());
    } catch (IOException e) {
      throw Failures.of("Snapshot " + id + " can't be begun", e);
    } finally {
      if (!begun) {
        ended(id);
      }
    }
  }

  /** What may be written that can be done without. */
  private long spareBytes() {
    return layout.root().toFile().getUsableSpace() - reserveBytes;
  }

  private void checkNew(SnapshotId id) throws IOException {
    Optional<SnapshotId> newest = catalog.newest(id.kind(), id.owner());
    if (newest.isPresent() && newest.get().generation() >= id.generation()) {
      throw new SnapshotException(Code.CONFLICT, "Snapshot " + id + " can't be made: there is " + newest.get() + " already");
    }
  }

  /** The last step of a draft. */
  Snapshot publish(Path draft, Manifest manifest) throws IOException {
    SnapshotId id = manifest.id();
    synchronized (locks.of(id.owner())) {
      open.readLock().lock();
      try {
        if (!lock.isHeld()) {
          throw new SnapshotException(Code.CONFLICT, "Snapshot " + id + " can't be made: the bundle was stopped meanwhile. Try again.");
        }
        checkNew(id);
        exchange(draft, id);
      } finally {
        open.readLock().unlock();
      }
    }
    changed.run();
    return new Snapshot(id, layout.of(id), manifest);
  }

  private void exchange(Path draft, SnapshotId id) throws IOException {
    List<SnapshotId> older = catalog.generations(id.kind(), id.owner());
    catalog.publish(draft, id);
    try {
      for (SnapshotId each : older) {
        take(each);
      }
    } catch (IOException e) {
      // The new one counts from here on, whatever becomes of this.
      LOG.warn("Snapshot {} is published, but an older one can't be removed now; the next start does: {}", id, e.toString());
    }
  }

  /** Takes a snapshot off the catalog and deletes its files. */
  private void take(SnapshotId id) throws IOException {
    Path trash = layout.work().resolve("gone-" + id.kind().word() + "-" + id.owner() + "." + id.generation());
    small.delete(trash);
    catalog.remove(id, trash);
    small.delete(trash);
  }

  void drop(List<Path> paths) throws IOException {
    for (Path path : paths) {
      small.delete(path);
    }
  }

  void ended(SnapshotId draft) {
    synchronized (drafts) {
      drafts.remove(draft);
    }
    changed.run();
  }

  @Override
  public Optional<Snapshot> find(SnapshotId.Kind kind, String owner) throws SnapshotException {
    SnapshotId.checkOwner(owner);
    synchronized (locks.of(owner)) {
      try {
        Optional<SnapshotId> newest = catalog.newest(kind, owner);
        return newest.isPresent() ? Optional.of(catalog.read(newest.get())) : Optional.empty();
      } catch (IOException e) {
        throw Failures.of("Snapshots of " + owner + " can't be looked for", e);
      }
    }
  }

  @Override
  public List<Snapshot> list() throws SnapshotException {
    Census census = census();
    census.unreadable().forEach(problem -> LOG.error("{}", problem));
    return census.readable();
  }

  @Override
  public Census census() throws SnapshotException {
    try {
      References found = References.count(catalog, leases, maps);
      return new Census(found.snapshots(), found.unknown());
    } catch (IOException e) {
      throw Failures.of("Snapshots can't be listed", e);
    }
  }

  @Override
  public void remove(SnapshotId.Kind kind, String owner) throws SnapshotException {
    SnapshotId.checkOwner(owner);
    synchronized (locks.of(owner)) {
      try {
        for (SnapshotId each : catalog.generations(kind, owner)) {
          take(each);
        }
      } catch (IOException e) {
        throw Failures.of("Snapshots of " + owner + " can't be removed", e);
      }
    }
    changed.run();
  }

  @Override
  public void remove(SnapshotId id) throws SnapshotException {
    synchronized (locks.of(id.owner())) {
      try {
        if (catalog.has(id)) {
          take(id);
        }
      } catch (IOException e) {
        throw Failures.of("Snapshot " + id + " can't be removed", e);
      }
    }
    changed.run();
  }

  @Override
  public Snapshot lease(SnapshotId id, String user) throws SnapshotException {
    synchronized (locks.of(id.owner())) {
      Snapshot snapshot = catalog.read(id);
      Digest map = snapshot.manifest().memory().map();
      // Pinned so that a count which goes on doesn't miss the lease. The manifest keeps the files until then.
      try (Pins.Pin pin = pins.pin()) {
        pin.add(map);
        snapshot.manifest().memory().layers().forEach(layer -> pin.add(layer.name()));
        leases.add(user, map);
      } catch (IOException e) {
        throw Failures.of("Snapshot " + id + " can't be leased to " + user, e);
      }
      return snapshot;
    }
  }

  @Override
  public void release(String user) throws SnapshotException {
    for (Digest map : leases().getOrDefault(user, Set.of())) {
      release(user, map);
    }
  }

  @Override
  public void release(String user, Digest map) throws SnapshotException {
    try {
      leases.remove(user, map);
    } catch (IOException e) {
      throw Failures.of("The lease of " + user + " can't be removed", e);
    }
    changed.run();
  }

  @Override
  public Map<String, Set<Digest>> leases() throws SnapshotException {
    try {
      return leases.all();
    } catch (IOException e) {
      throw Failures.of("Leases can't be listed", e);
    }
  }

  @Override
  public LayeredImage open(Digest map) throws SnapshotException {
    Pins.Pin pin = pins.pin();
    LayeredImage image = null;
    try {
      pin.add(map);
      image = LayeredImage.open(maps.read(map).map(), layout, pin);
      return image;
    } finally {
      if (image == null) {
        pin.close();
      }
    }
  }

  @Override
  public Stored stored(Digest map) throws SnapshotException {
    maps.check(map);
    return new Stored(layout.map(map), layout.layers());
  }

  @Override
  public Optional<MemorySource.Image> flat(Digest map) {
    return flats.find(map);
  }

  @Override
  public MemorySource.Image flatten(Digest map, Deadline within) throws SnapshotException {
    synchronized (flattening.of(map.hex())) {
      Optional<MemorySource.Image> there = flats.find(map);
      if (there.isPresent()) {
        return there.get();
      }
      try (LayeredImage image = open(map)) {
        return flats.make(map, image, within);
      } catch (IOException e) {
        throw Failures.of("The flat image of map " + map.brief() + " can't be made", e);
      }
    }
  }

  @Override
  public void keepHotSet(SnapshotId id, HotSet hot) throws SnapshotException {
    synchronized (locks.of(id.owner())) {
      catalog.read(id);
      try {
        small.publish(hot.encode(), layout.work().resolve("hot-" + id.owner()), layout.of(id).resolve(Layout.HOT_SET));
      } catch (IOException e) {
        throw Failures.of("The hot set of " + id + " can't be kept", e);
      }
    }
  }

  @Override
  public Optional<HotSet> hotSet(SnapshotId id) throws SnapshotException {
    try {
      return Optional.of(HotSet.decode(SmallFiles.read(layout.of(id).resolve(Layout.HOT_SET), LONGEST_HOT_SET)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (SnapshotException e) {
      LOG.warn("The hot set of {} is not used: {}", id, e.getMessage());
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.of("The hot set of " + id + " can't be read", e);
    }
  }

  @Override
  public List<String> verify(SnapshotId id, Depth depth) throws SnapshotException {
    Snapshot snapshot = catalog.read(id);
    try (Pins.Pin pin = pins.pin()) {
      pin.add(snapshot.manifest().memory().map());
      snapshot.manifest().memory().layers().forEach(layer -> pin.add(layer.name()));
      return verifier.problems(snapshot, depth);
    }
  }

  @Override
  public Tidied tidy() throws SnapshotException {
    try {
      return tidying.run();
    } catch (IOException e) {
      throw Failures.of("Snapshots can't be tidied", e);
    }
  }

  @Override
  public Usage usage() throws SnapshotException {
    try {
      long flatBytes = 0;
      List<Path> images = SmallFiles.list(layout.flats());
      for (Path image : images) {
        flatBytes += FileBlocks.unsharedBytes(image);
      }
      List<Path> stored = new ArrayList<>(SmallFiles.list(layout.layers()));
      long layerBytes = stored.stream().mapToLong(layer -> layer.toFile().length()).sum();
      return new Usage(catalog.ids().size(), stored.size(), layerBytes, images.size(), flatBytes, layout.root().toFile().getUsableSpace());
    } catch (IOException e) {
      throw Failures.of("The use of " + layout.root() + " can't be counted", e);
    }
  }

  /** What is being published is published first; other drafts fail from here on. What is leased stays leased. */
  @Override
  public void close() throws IOException {
    open.writeLock().lock();
    try {
      lock.close();
    } finally {
      open.writeLock().unlock();
    }
  }

  /** Whether nothing is open or in the making. */
  boolean isIdle() {
    synchronized (drafts) {
      return drafts.isEmpty() && pins.isEmpty() && Files.exists(layout.root());
    }
  }
}
