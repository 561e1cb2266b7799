package dev.wrenn.spi.storage;

import dev.wrenn.spi.PlanId;
import java.nio.file.Path;

/**
 * @param id whom the disk is for
 * @param image the immutable image that it starts from: a raw file, or what {@link Disk#capture} of the same driver wrote
 * @param sizeBytes size that the guest sees; at least the image's
 */
public record DiskPlan(PlanId id, Path image, long sizeBytes) {}
