package dev.wrenn.hostagent.internal.life;

import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What was found before anything was made.
 *
 * @param imageId content hash of the image that the disk began from
 * @param disk file that the new disk starts from: an image, or what was captured with the memory
 * @param diskBytes size of the new disk
 * @param saved the microVM that the new one goes on from, with its memory; else it is booted
 * @param start what that is, in words for everyone
 * @param kept the booted guest that it is, when the host itself has chosen it
 * @param otherwise what it is made from when this fails
 */
record Ground(String imageId, Path disk, long diskBytes, GuestKernel kernel, Trio drivers, Optional<Snapshot> saved, String start,
    Optional<WarmStock.Kept> kept, Optional<Ground> otherwise) {
  Ground(String imageId, Path disk, long diskBytes, GuestKernel kernel, Trio drivers, Optional<Snapshot> saved, String start) {
    this(imageId, disk, diskBytes, kernel, drivers, saved, start, Optional.empty(), Optional.empty());
  }
}
