package dev.wrenn.spi.storage;

import java.nio.file.Path;
import java.util.List;

/** Names the operating-system object that a hypervisor opens as a disk. Hypervisors declare which variants they take. */
public sealed interface BlockAttachment {
  /** @return the word by which hypervisors declare it: {@code block}, {@code raw}, {@code qcow2} */
  String variant();

  /** A block device node. */
  record BlockDevice(Path device) implements BlockAttachment {
    @Override public String variant() {
      return "block";
    }
  }

  /** A raw file, possibly sparse, that belongs to the capsule alone. */
  record RawFile(Path file) implements BlockAttachment {
    @Override public String variant() {
      return "raw";
    }
  }

  /**
   * A qcow2 overlay that belongs to the capsule alone.
   *
   * @param backing files that the overlay reads from, nearest first; they are never written
   */
  record Qcow2File(Path file, List<Path> backing) implements BlockAttachment {
    @Override public String variant() {
      return "qcow2";
    }
  }
}
