package dev.wrenn.snapshot;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.memory.MemorySource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The snapshots of this host. Memory is kept as layers of pages that snapshots share; old layers are merged and unused ones removed in
 * the background. All state is in files: after a crash at any point a snapshot is there whole or not at all. Calls block on the disk
 * only; any thread.
 */
@ProviderType
public interface Snapshots {
  /**
   * Begins a snapshot, before the microVM is frozen.
   *
   * @param expectedBytes what it will take at most; refused when the file system has less beyond its reserve
   * @throws SnapshotException {@code CONFLICT} when the owner has that generation or a later one, or a draft of it is open; {@code NO_SPACE}
   */
  Draft prepare(SnapshotId id, long expectedBytes) throws SnapshotException;

  /** The owner's newest snapshot of that kind. */
  Optional<Snapshot> find(SnapshotId.Kind kind, String owner) throws SnapshotException;

  /** All snapshots, the newest of each owner, sorted by kind and owner. One whose manifest is damaged is not among them, but logged. */
  List<Snapshot> list() throws SnapshotException;

  /**
   * Of one look at the disk.
   *
   * @param readable as {@link #list}
   * @param unreadable what is wrong with manifests that can't be read, one sentence each. While there is one nobody can say what is not needed: of
   *     snapshots nothing is removed then, and what belongs to them elsewhere must stay, too
   */
  record Census(List<Snapshot> readable, List<String> unreadable) {
    public Census {
      readable = List.copyOf(readable);
      unreadable = List.copyOf(unreadable);
    }
  }

  /** All snapshots and what is wrong with the others, which is not logged. */
  Census census() throws SnapshotException;

  /** Removes all snapshots of an owner, also those whose manifest can't be read; what leases of them need stays. Idempotent. */
  void remove(SnapshotId.Kind kind, String owner) throws SnapshotException;

  /** Removes a snapshot; what leases of it need stays. Idempotent. */
  void remove(SnapshotId id) throws SnapshotException;

  /**
   * Notes that somebody needs the snapshot's memory, from before a restore to the microVM's end: its map, layers and flat image stay
   * until {@link #release}. Survives this JVM, not the machine: neither does a microVM. Idempotent.
   *
   * @param user the capsule that is restored
   * @return the snapshot as it is leased
   * @throws SnapshotException {@code NOT_FOUND}
   */
  Snapshot lease(SnapshotId id, String user) throws SnapshotException;

  /** The user needs no memory any more. Idempotent. */
  void release(String user) throws SnapshotException;

  /** The same for one map only: when a capsule's next life has another one already. */
  void release(String user, Digest map) throws SnapshotException;

  /** Who has leased which maps; to be compared with the capsules that there are. */
  Map<String, Set<Digest>> leases() throws SnapshotException;

  /**
   * Opens a memory for reading.
   *
   * @throws SnapshotException {@code NOT_FOUND}, {@code CORRUPT}
   */
  MemoryImage open(Digest map) throws SnapshotException;

  /** Where a page server of this machine reads the memory from; the files stay as long as the map is leased. */
  record Stored(Path map, Path layers) {}

  /** @throws SnapshotException {@code NOT_FOUND} */
  Stored stored(Digest map) throws SnapshotException;

  /** The memory as a flat file, when there is one. */
  Optional<MemorySource.Image> flat(Digest map) throws SnapshotException;

  /**
   * The memory as a flat file, with holes where it is zero, which is made now when there is none: it takes as long as copying what the
   * map uses, less where the file system shares blocks. Every byte is checked on the way. Idempotent.
   *
   * @throws SnapshotException {@code TIMEOUT} (nothing is left then), {@code NOT_FOUND}, {@code CORRUPT}, {@code NO_SPACE}
   */
  MemorySource.Image flatten(Digest map, Deadline within) throws SnapshotException;

  /** Keeps the hot set beside the snapshot, in place of an older one. */
  void keepHotSet(SnapshotId id, HotSet hot) throws SnapshotException;

  /** What was kept; empty when nothing was, or when it is damaged. */
  Optional<HotSet> hotSet(SnapshotId id) throws SnapshotException;

  /** How thoroughly to look. */
  enum Depth {
    /** Files are there and have their lengths, headers and the map are whole. Milliseconds. */
    QUICK,
    /**
     * What a restore asks for: quick, and every byte of the small parts, and of layers that were written to, or exchanged, since they were
     * stored. Milliseconds, but for such layers.
     */
    CHANGED,
    /** Every byte against its checksum. Reads everything. */
    DEEP
  }

  /** Looks whether a snapshot is whole. @return what is wrong, one sentence each; empty when all is well */
  List<String> verify(SnapshotId id, Depth depth) throws SnapshotException;

  /**
   * Does now what is otherwise done in the background: merges layers of snapshots that nobody has leased where it pays, and removes
   * what nobody refers to.
   */
  Tidied tidy() throws SnapshotException;

  /** @param merged snapshots whose layers were merged; @param removed files that nobody referred to; @param bytes their length */
  record Tidied(int merged, int removed, long bytes) {}

  /** What it all takes on the disk. */
  Usage usage() throws SnapshotException;

  /**
   * @param flatBytes blocks that flat images really have alone
   * @param freeBytes what the file system has left
   */
  record Usage(int snapshots, int layers, long layerBytes, int flatImages, long flatBytes, long freeBytes) {}
}
