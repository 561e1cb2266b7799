package dev.wrenn.spi.storage;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import java.nio.file.Path;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/** Makes copy-on-write disks over immutable images. The rules of {@link Driver} bind it. */
@ConsumerType
public interface StorageDriver extends Driver {
  /** Variants of {@link BlockAttachment} that {@link #create} makes as it is configured; empty when only a disk that was made shows it. */
  default Set<String> offers() {
    return Set.of();
  }

  /**
   * Makes the disk of a capsule. Idempotent by {@link DiskPlan#id()}.
   *
   * @throws DriverException {@code INVALID} when the image is missing or is no image; {@code NO_CAPACITY} when the file system
   *     has no room for it; {@code CONFLICT} for another generation; {@code TIMEOUT}; {@code IO}
   */
  Disk create(DiskPlan plan, Deadline within) throws DriverException;

  /** Takes over a disk that another instance or version of this driver made; {@code GONE} when it can't be proven to be there. */
  Disk adopt(Handle handle, Deadline within) throws DriverException;

  /**
   * Removes what {@link Disk#capture} has written under that name, finished or half made. Idempotent; succeeds when there is nothing.
   * That no disk and no other capture reads from it is for the caller to know.
   *
   * @throws DriverException {@code INVALID} when the file is something else; {@code TIMEOUT}; {@code IO}
   */
  default void deleteCapture(Path image, Deadline within) throws DriverException {
    throw DriverException.of(Code.UNSUPPORTED, "capture", "Driver '" + name() + "' captures no disks, so it can't remove " + image);
  }
}
