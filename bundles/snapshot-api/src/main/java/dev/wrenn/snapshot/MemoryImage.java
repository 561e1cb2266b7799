package dev.wrenn.snapshot;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memory of a snapshot, opened for reading: its map, and its layers mapped into this process. As long as it is open its files stay.
 * Any thread; each block of a layer is checked against its checksum when it is first used.
 */
@ProviderType
public interface MemoryImage extends AutoCloseable {
  PageMap map();

  /**
   * Fills the buffer from its position to its limit with the memory from {@code offset} on. Blocks on the disk only.
   *
   * @throws SnapshotException {@code CORRUPT} when stored pages are not what was written
   * @throws IndexOutOfBoundsException when the memory ends before
   */
  void read(long offset, ByteBuffer into) throws SnapshotException;

  /**
   * Native address of the stored bytes of a run, from {@code offset} to the run's end, for a page server that hands them to the kernel.
   * Allocates nothing. Valid until {@link #close}.
   *
   * @param run what {@link PageMap#find} says for the offset; no run of zeros
   * @param length how much of it will be used, and is checked therefore
   */
  long address(int run, long offset, long length) throws SnapshotException;

  /** Nobody may be reading. Idempotent. */
  @Override
  void close();
}
