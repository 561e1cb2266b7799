package dev.wrenn.storage.file.internal;

import dev.wrenn.linux.Command;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A raw copy of an image. Where the file system shares blocks it costs nothing; elsewhere all of the image is read and written. */
final class RawCopy {
  private RawCopy() {}

  /** Copies, grows and syncs. Holes stay holes. */
  static void make(Path image, Path file, long sizeBytes, Deadline within) throws IOException {
    cp("auto", image, file, within);
    try (RandomAccessFile copy = new RandomAccessFile(file.toFile(), "rw")) {
      copy.setLength(sizeBytes);
      copy.getFD().sync();
    }
  }

  /** Copies as it is: holes stay holes, and where the kernel can it copies without reading. */
  static void exact(Path from, Path to, Deadline within) throws IOException {
    Command.of("cp", "--reflink=auto", "--sparse=auto", from.toString(), to.toString()).within(within.remaining()).run();
  }

  /** Whether a file in that directory can share blocks with another there: found out by doing it. */
  static boolean sharesBlocks(Path directory, Deadline within) throws IOException {
    Path from = directory.resolve(".probe-" + UUID.randomUUID());
    Path to = directory.resolve(from.getFileName() + "-copy");
    try {
      Files.writeString(from, "shared", StandardCharsets.US_ASCII);
      return Command.of("cp", "--reflink=always", from.toString(), to.toString()).within(within.remaining()).attempt().exit() == 0;
    } finally {
      Files.deleteIfExists(to);
      Files.deleteIfExists(from);
    }
  }

  private static void cp(String reflink, Path image, Path file, Deadline within) throws IOException {
    Command.of("cp", "--reflink=" + reflink, "--sparse=always", image.toString(), file.toString()).within(within.remaining()).run();
  }
}
