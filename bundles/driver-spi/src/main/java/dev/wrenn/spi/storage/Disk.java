package dev.wrenn.spi.storage;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import org.osgi.annotation.versioning.ConsumerType;

/** A capsule's disk. It is there until {@link #delete}, whatever becomes of this object. */
@ConsumerType
public interface Disk {
  Handle handle();

  BlockAttachment attachment();

  /** Bytes that the disk really takes beyond its image. Cheap: no fork. */
  long usedBytes() throws DriverException;

  /** Removes the disk and all that belongs to it. Idempotent; succeeds when it is already gone. */
  void delete(Deadline within) throws DriverException;
}
