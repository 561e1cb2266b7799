package dev.wrenn.storage.file.internal;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps a reserve of the file system for the disks that are there already: they grow when their guests write. */
record Room(Path directory, long reserveBytes) {
  long freeBytes() throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  void check(PlanId id) throws IOException, DriverException {
    long free = freeBytes();
    if (free < reserveBytes) {
      throw StorageFailure.of(Code.NO_CAPACITY, "No disk for " + id + ": the file system of " + directory + " has " + (free >> 20)
          + " MiB free, and " + (reserveBytes >> 20) + " MiB are kept for running capsules. Delete paused capsules or templates that"
          + " nobody needs, enlarge it, or lower 'reserveMib' of dev.wrenn.storage.file.");
    }
  }
}
