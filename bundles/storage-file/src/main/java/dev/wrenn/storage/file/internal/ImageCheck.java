package dev.wrenn.storage.file.internal;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.storage.DiskPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Refuses a plan whose image or size can't give a disk, with what to do about it. */
final class ImageCheck {
  private static final int SECTOR = 512;

  private ImageCheck() {}

  static void check(DiskPlan plan) throws DriverException {
    Path image = plan.image();
    if (!image.isAbsolute()) {
      throw invalid(plan, "image " + image + " is no absolute path. Name it from the root.");
    }
    if (!Files.isRegularFile(image, LinkOption.NOFOLLOW_LINKS)) {
      throw invalid(plan, "image " + image + (Files.exists(image) ? " is no regular file." : " is not there.")
          + " Build the template again, or put the raw image there.");
    }
    try {
      Chain chain = Chain.of(image);
      checkSize(plan, chain.format() == DiskFormat.RAW ? Files.size(image) : Qcow2Overlay.of(image).sizeBytes());
      for (Path below : chain.below()) {
        if (!Files.isRegularFile(below)) {
          throw invalid(plan, "capture " + image + " reads from " + below + ", which is not there. Put it back.");
        }
      }
      if (!Chain.isCapture(image) && Qcow2Overlay.begins(image)) {
        throw invalid(plan, "image " + image + " is a qcow2 file; a raw one is wanted. Convert it: qemu-img convert -O raw.");
      }
    } catch (IOException e) {
      throw StorageFailure.of("Image " + image + " of " + plan.id() + " can't be read", e);
    }
  }

  private static void checkSize(DiskPlan plan, long imageBytes) throws DriverException {
    if (imageBytes == 0 || imageBytes % SECTOR != 0) {
      throw invalid(plan, "image " + plan.image() + " has " + imageBytes + " bytes, which is no whole number of sectors. Build the"
          + " template again.");
    }
    if (plan.sizeBytes() < imageBytes || plan.sizeBytes() % SECTOR != 0 || plan.sizeBytes() > Qcow2Overlay.MAX_SIZE_BYTES) {
      throw invalid(plan, "a size of " + plan.sizeBytes() + " bytes doesn't fit. Ask for a multiple of " + SECTOR + " from "
          + imageBytes + " (the image's) up to " + Qcow2Overlay.MAX_SIZE_BYTES + ".");
    }
  }

  private static DriverException invalid(DiskPlan plan, String why) {
    return StorageFailure.of(Code.INVALID, "No disk for " + plan.id() + ": " + why);
  }
}
