package dev.wrenn.storage.file.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.storage.DiskPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** Writes new disks: first under a name that nobody takes for a disk, synced, then published. */
final class DiskWriter {
  private static final String AUTO = "auto";

  private final DiskHome home;
  private final Optional<DiskFormat> wanted;

  DiskWriter(DiskHome home, String format) {
    this.home = home;
    this.wanted = AUTO.equals(format) ? Optional.empty() : Optional.of(DiskFormat.of(format));
  }

  /** The format that a disk over an image on that file system gets. */
  DiskFormat format(Path image, Deadline within) throws IOException {
    if (Chain.of(image).format() == DiskFormat.QCOW2) {
      // The capture of an overlay is no copy of the whole, so nothing but an overlay can be made of it.
      return DiskFormat.QCOW2;
    }
    if (wanted.isPresent()) {
      return wanted.get();
    }
    boolean together = Files.getFileStore(image).equals(Files.getFileStore(home.directory()));
    return together && canShare(within) ? DiskFormat.RAW : DiskFormat.QCOW2;
  }

  /** Only file systems of these kinds share blocks; elsewhere the trial's process would cost more than the disk. */
  private boolean canShare(Deadline within) throws IOException {
    return switch (Files.getFileStore(home.directory()).type()) {
      case "btrfs", "xfs", "bcachefs", "zfs", "overlay" -> RawCopy.sharesBlocks(home.directory(), within);
      default -> false;
    };
  }

  /** The finished disk. When this fails nothing of it is left. */
  Path write(DiskPlan plan, Deadline within) throws IOException, DriverException {
    DiskFormat format = format(plan.image(), within);
    Path file = home.file(plan.id(), format.toString());
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.deleteIfExists(part);
      Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      switch (format) {
        case QCOW2 -> new Qcow2Overlay(plan.image(), plan.sizeBytes()).writeTo(part, Chain.of(plan.image()).format());
        case RAW -> {
          Files.writeString(Content.imageNote(file), plan.image().toString());
          RawCopy.make(plan.image(), part, plan.sizeBytes(), within);
        }
      }
      within.check("disk");
      home.publish(part, file);
      return file;
    } catch (IOException | DriverException | RuntimeException e) {
      undo(part, file, e);
      throw e;
    }
  }

  private void undo(Path part, Path file, Exception cause) {
    try {
      if (Files.exists(file)) {
        Files.deleteIfExists(part);
      } else {
        home.remove(file.getParent(), DiskHome.generation(file));
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
