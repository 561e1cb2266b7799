package dev.wrenn.storage.file.internal;

import dev.wrenn.linux.FileBlocks;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.spi.storage.CapturedDisk;
import dev.wrenn.spi.storage.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A capsule's disk: one file, and nothing in this JVM. */
final class FileDisk implements Disk {
  static final String PATH = "path";
  static final String FORMAT = "format";
  static final String IMAGE = "image";
  static final String SIZE = "size_bytes";

  private final Handle handle;
  private final Path file;
  private final List<Path> below;
  private final DiskHome home;

  /** @param below files that an overlay reads from, nearest first */
  FileDisk(Handle handle, Path file, List<Path> below, DiskHome home) {
    this.handle = handle;
    this.file = file;
    this.below = List.copyOf(below);
    this.home = home;
  }

  @Override
  public Handle handle() {
    return handle;
  }

  @Override
  public BlockAttachment attachment() {
    return DiskFormat.of(handle.facts().get(FORMAT)) == DiskFormat.RAW
        ? new BlockAttachment.RawFile(file)
        : new BlockAttachment.Qcow2File(file, below);
  }

  @Override
  public long usedBytes() throws DriverException {
    try {
      return FileBlocks.unsharedBytes(file);
    } catch (NoSuchFileException e) {
      throw StorageFailure.of(Code.GONE, "Disk " + file + " of " + handle.id() + " is no longer there");
    } catch (IOException e) {
      throw StorageFailure.of("Disk " + file + " of " + handle.id() + " can't be measured", e);
    }
  }

  @Override
  public CapturedDisk capture(Path image, Deadline within) throws DriverException {
    try {
      Content content = new Content(Path.of(handle.need(IMAGE)), Long.parseLong(handle.need(SIZE)));
      return new Captures(home).take(new DiskHome.Found(handle.id().generation(), file), content, image, within);
    } catch (IOException e) {
      if (Files.notExists(file)) {
        throw StorageFailure.of(Code.GONE, "Disk " + file + " of " + handle.id() + " is no longer there");
      }
      throw StorageFailure.of("Disk " + file + " of " + handle.id() + " can't be captured as " + image, e);
    }
  }

  @Override
  public void delete(Deadline within) throws DriverException {
    within.check("disk");
    try {
      home.remove(file.getParent(), handle.id().generation());
    } catch (IOException e) {
      throw StorageFailure.of("Disk " + file + " of " + handle.id() + " can't be removed", e);
    }
  }
}
