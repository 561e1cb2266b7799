package dev.wrenn.hostagent.internal.life;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * By what a file of a disk is known again: its time of change, and the CRC-32C of one that is small. Large ones are not read, neither in a pause nor at
 * a start. As text {@code millis} or {@code millis:crc}.
 */
record DiskMark(long written, Optional<String> crc) {
  private static final long SMALL = 32L << 20;

  static DiskMark of(Path file) throws IOException {
    return new DiskMark(file.toFile().lastModified(), Files.size(file) <= SMALL ? Optional.of(crc(file)) : Optional.empty());
  }

  static DiskMark parse(String text) {
    String[] parts = text.split(":", 2);
    return new DiskMark(Long.parseLong(parts[0]), parts.length > 1 ? Optional.of(parts[1]) : Optional.empty());
  }

  /** Whether it was not written to since; one that came back from a copy without its times is read, where that tells. */
  boolean fits(Path file) throws IOException {
    return file.toFile().lastModified() == written || crc.isPresent() && Files.size(file) <= SMALL && crc(file).equals(crc.get());
  }

  private static String crc(Path file) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer) >= 0) {
        crc.update(buffer.flip());
        buffer.clear();
      }
    }
    return Long.toHexString(crc.getValue());
  }

  @Override
  public String toString() {
    return written + crc.map(sum -> ":" + sum).orElse("");
  }
}
