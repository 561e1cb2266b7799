package dev.wrenn.storage.file.internal;

import dev.wrenn.linux.FileBlocks;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.spi.storage.Disk;
import java.io.IOException;
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
  private final DiskHome home;

  FileDisk(Handle handle, Path file, DiskHome home) {
    this.handle = handle;
    this.file = file;
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
        : new BlockAttachment.Qcow2File(file, List.of(Path.of(handle.facts().get(IMAGE))));
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
  public void delete(Deadline within) throws DriverException {
    within.check("disk");
    try {
      home.remove(file.getParent(), handle.id().generation());
    } catch (IOException e) {
      throw StorageFailure.of("Disk " + file + " of " + handle.id() + " can't be removed", e);
    }
  }
}
