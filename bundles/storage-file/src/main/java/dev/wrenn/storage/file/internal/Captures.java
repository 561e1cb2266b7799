package dev.wrenn.storage.file.internal;

import dev.wrenn.linux.Command;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.storage.CapturedDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Copies of disks that nobody writes to any more. Written under another name, synced, then published: note first, image last. */
final class Captures {
  /** More files than that would slow every read of a guest down, and each is one more that must not be lost. */
  static final int LONGEST_CHAIN = 8;

  private final DiskHome home;

  Captures(DiskHome home) {
    this.home = home;
  }

  /**
   * @param disk a disk's file whose guest is frozen
   * @param content what the disk was made of, as its handle says
   */
  CapturedDisk take(DiskHome.Found disk, Content content, Path image, Deadline within) throws IOException, DriverException {
    within.check("capture");
    check(image);
    Path part = part(image);
    Path notePart = part(Chain.note(image));
    try {
      // Left by a JVM that was killed amid this.
      for (Path left : List.of(part, notePart, Chain.note(image))) {
        Files.deleteIfExists(left);
      }
      RawCopy.exact(disk.file(), part, within);
      Chain chain = disk.isRaw() ? new Chain(DiskFormat.RAW, List.of()) : overlay(part, disk.file(), content, within);
      Files.writeString(notePart, chain.text());
      seal(part);
      seal(notePart);
      within.check("capture");
      home.publish(notePart, Chain.note(image));
      home.publish(part, image);
      return new CapturedDisk(image, content.sizeBytes(), chain.below());
    } catch (IOException | DriverException | RuntimeException e) {
      undo(image, e);
      throw e;
    }
  }

  private static void check(Path image) throws DriverException {
    if (!image.isAbsolute() || image.toString().contains("\n") || !Files.isDirectory(image.getParent())) {
      throw StorageFailure.of(Code.INVALID, "No capture can be written to " + image + ": it must be an absolute path of one line in a directory"
          + " that is there");
    }
    if (Files.exists(image)) {
      throw StorageFailure.of(Code.CONFLICT, "There is a file " + image + " already. Delete that capture first");
    }
  }

  /** Its process was hostile, perhaps: what it may have written into the header must not name other files of the host. */
  private static Chain overlay(Path copy, Path of, Content content, Deadline within) throws IOException, DriverException {
    Qcow2Overlay overlay = Qcow2Overlay.of(copy);
    if (!new Content(overlay.backing(), overlay.sizeBytes()).equals(content) || !Qcow2Overlay.isPlain(copy)) {
      throw StorageFailure.of(Code.IO, "Disk " + of + " is not what was made: it reads from " + overlay.backing() + ". It is not captured");
    }
    List<Path> below = Chain.from(content.image());
    if (below.size() < LONGEST_CHAIN) {
      return new Chain(DiskFormat.QCOW2, below);
    }
    Path root = below.getLast();
    Command.of("qemu-img", "rebase", "-f", "qcow2", "-F", "raw", "-b", root.toString(), copy.toString()).within(within.remaining()).run();
    return new Chain(DiskFormat.QCOW2, List.of(root));
  }

  private static void seal(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Nothing to do is no error. */
  void delete(Path image) throws IOException, DriverException {
    if (Files.exists(image) && !Chain.isCapture(image)) {
      throw StorageFailure.of(Code.INVALID, "File " + image + " is no capture of this driver: it stays");
    }
    remove(image);
  }

  private void remove(Path image) throws IOException {
    for (Path file : List.of(image, part(image), Chain.note(image), part(Chain.note(image)))) {
      Files.deleteIfExists(file);
    }
    if (Files.isDirectory(image.getParent())) {
      DiskHome.sync(image.getParent());
    }
  }

  private void undo(Path image, Exception cause) {
    try {
      remove(image);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static Path part(Path file) {
    return file.resolveSibling(file.getFileName() + ".part");
  }
}
