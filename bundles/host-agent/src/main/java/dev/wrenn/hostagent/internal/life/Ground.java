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
 */
record Ground(String imageId, Path disk, long diskBytes, GuestKernel kernel, Trio drivers, Optional<Snapshot> saved) {}
