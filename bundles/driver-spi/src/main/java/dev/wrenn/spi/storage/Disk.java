package dev.wrenn.spi.storage;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A capsule's disk. It is there until {@link #delete}, whatever becomes of this object; nothing runs for it while its capsule is paused,
 * and after that it is adopted like any other.
 */
@ConsumerType
public interface Disk {
  Handle handle();

  BlockAttachment attachment();

  /** Bytes that the disk really takes beyond its image. Cheap: no fork. */
  long usedBytes() throws DriverException;

  /**
   * Writes what the disk holds now to a new file, durably, as the image of other disks. Its microVM must be frozen or gone, from the
   * beginning of this call to its end. The number of files that a capture reads from stays bounded, however often disks are
   * captured that were made of captures.
   *
   * @param image the file to be: absolute, not there yet, in a directory that is there and in which nobody else writes. The driver may keep
   *     further files beside it, whose names begin with its name and a dot; they belong together and stay where they are. Where it lies
   *     on the file system of the disks, and that can share blocks, the copy costs nothing
   * @return what was captured
   * @throws DriverException {@code UNSUPPORTED} when this driver can't; {@code INVALID} for a bad path; {@code CONFLICT} when the file
   *     is there already; {@code NO_CAPACITY}; {@code GONE} when the disk is; {@code TIMEOUT}; {@code IO}. Nothing is left then
   */
  default CapturedDisk capture(Path image, Deadline within) throws DriverException {
    throw DriverException.of(Code.UNSUPPORTED, "capture", "Driver '" + handle().driver() + "' can't capture the disk of " + handle().id());
  }

  /** Removes the disk and all that belongs to it. Idempotent; succeeds when it is already gone. */
  void delete(Deadline within) throws DriverException;
}
