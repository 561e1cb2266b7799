package dev.wrenn.tck.storage;

import dev.wrenn.spi.storage.BlockAttachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Reads and writes disks as a guest would see them, with QEMU's tools ({@code qemu-img}, {@code qemu-io}). */
final class DiskBytes {
  private static final int SECONDS = 30;

  private DiskBytes() {}

  static byte[] all(BlockAttachment disk, Path scratch) throws IOException, InterruptedException {
    run("qemu-img", "convert", "-f", format(disk), "-O", "raw", file(disk).toString(), scratch.toString());
    return Files.readAllBytes(scratch);
  }

  static void write(BlockAttachment disk, long offset, int length, int value) throws IOException, InterruptedException {
    run("qemu-io", "-f", format(disk), "-c", "write -P " + value + " " + offset + " " + length, file(disk).toString());
  }

  /** Makes an overlay of a raw file, as a tool does. */
  static void overlay(Path file, Path backing) throws IOException, InterruptedException {
    run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", backing.toString(), file.toString());
  }

  /** Writes the bytes of a file to the beginning of the disk. */
  static void put(BlockAttachment disk, Path file) throws IOException, InterruptedException {
    run("qemu-io", "-f", format(disk), "-c", "write -s " + file + " 0 65536", file(disk).toString());
  }

  static Path file(BlockAttachment disk) {
    return switch (disk) {
      case BlockAttachment.BlockDevice block -> block.device();
      case BlockAttachment.RawFile raw -> raw.file();
      case BlockAttachment.Qcow2File qcow2 -> qcow2.file();
    };
  }

  private static String format(BlockAttachment disk) {
    return disk instanceof BlockAttachment.Qcow2File ? "qcow2" : "raw";
  }

  private static void run(String... argv) throws IOException, InterruptedException {
    Path said = Files.createTempFile("tck", ".log");
    try {
      Process process = new ProcessBuilder(argv).redirectErrorStream(true).redirectOutput(said.toFile()).start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(argv[0] + " did not end in " + SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(argv[0] + " failed: " + Files.readString(said));
      }
    } finally {
      Files.delete(said);
    }
  }
}
