package dev.wrenn.snapshot;

import dev.wrenn.spi.memory.PageSink;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A snapshot in the making. Nobody sees it before {@link #publish}; {@link #close} without it leaves nothing behind, and so does a crash
 * after the next start. For one thread at a time.
 */
@ProviderType
public interface Draft extends AutoCloseable {
  SnapshotId id();

  /**
   * Where a part may be written, by whomever: the hypervisor's state, for example. What is there at publishing becomes part of the
   * snapshot.
   *
   * @param name lower-case letters, digits, {@code . _ -}; not the manifest's
   */
  Path file(String name);

  /**
   * Takes the memory of a microVM that was restored from {@code parent}. Pages that aren't named are as they were there. To be called
   * once; writing happens behind it, errors show at a later call or at {@link #publish}.
   *
   * @param parent the map that the microVM was restored from; it must be leased or otherwise in use
   * @param compare pages equal to the parent's are not stored again: for drivers that name more pages than were written
   * @throws SnapshotException {@code NOT_FOUND} when the parent is gone, {@code CORRUPT} when it is damaged
   */
  PageSink memoryOver(Digest parent, boolean compare) throws SnapshotException;

  /** Takes the memory of a microVM that was booted: pages that aren't named are zero. */
  PageSink memory(long bytes) throws SnapshotException;

  /**
   * Makes it durable and verified, then visible, then removes the owner's older generations. When it fails, what was there before is
   * there still, and this draft is over.
   *
   * @throws SnapshotException {@code CONFLICT} when the owner has that generation or a later one; {@code INVALID} without memory;
   *     {@code NO_SPACE}; {@code IO}
   */
  Snapshot publish(Manifest.Details details) throws SnapshotException;

  /** Drops what isn't published; nothing after that. Idempotent. */
  @Override
  void close();
}
