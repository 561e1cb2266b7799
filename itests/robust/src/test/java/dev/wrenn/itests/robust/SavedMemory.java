package dev.wrenn.itests.robust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Checksums of all of a guest's memory: as it is in a process that stands still, and as it was saved. Read by the formats' description alone. */
final class SavedMemory {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAGE = 4096;
  private static final int BUFFER = 1 << 20;
  private static final int ZERO = -1;

  private SavedMemory() {}

  /** @param bytes of the guest's memory */
  static long ofProcess(long pid, long bytes) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    // One page that nobody can access shows by its offset where the memory is.
    long base = Files.readAllLines(process.resolve("maps")).stream().map(line -> line.split(" +", 6)).filter(f -> f[1].equals("---p") && f.length > 5
        && f[5].contains("/ram")).map(f -> Long.parseUnsignedLong(f[2], 16)).findFirst().orElseThrow();
    CRC32C sum = new CRC32C();
    try (FileChannel memory = FileChannel.open(process.resolve("mem"), StandardOpenOption.READ)) {
      add(sum, memory, base, bytes);
    }
    return sum.getValue();
  }

  /** The manifest of what is paused of a capsule. */
  static JsonNode manifest(Path data, String capsule) throws IOException {
    try (Stream<Path> generations = Files.list(data.resolve("snapshots/snapshots/pause").resolve(capsule))) {
      List<Path> all = generations.toList();
      if (all.size() != 1) {
        throw new AssertionError("paused are " + all);
      }
      return JSON.readTree(all.getFirst().resolve("manifest.json").toFile()).get("snapshot");
    }
  }

  static long ofPaused(Path data, String capsule) throws IOException {
    return ofMap(data.resolve("snapshots"), manifest(data, capsule).at("/memory/map").asText());
  }

  private static long ofMap(Path snapshots, String name) throws IOException {
    ByteBuffer map = ByteBuffer.wrap(Files.readAllBytes(snapshots.resolve("maps").resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
    int layers = map.getInt(64);
    int runs = map.getInt(68);
    List<FileChannel> files = new ArrayList<>();
    CRC32C sum = new CRC32C();
    ByteBuffer zeros = ByteBuffer.allocateDirect(BUFFER);
    try {
      for (int at = 0; at < layers; at++) {
        byte[] digest = new byte[32];
        map.get(72 + 36 * at, digest);
        files.add(FileChannel.open(snapshots.resolve("layers").resolve(java.util.HexFormat.of().formatHex(digest)), StandardOpenOption.READ));
      }
      for (int at = 72 + 36 * layers, end = at + 12 * runs; at < end; at += 12) {
        long length = Integer.toUnsignedLong(map.getInt(at)) * PAGE;
        int layer = map.getInt(at + 4);
        if (layer == ZERO) {
          for (long left = length; left > 0; left -= BUFFER) {
            sum.update(zeros.clear().limit((int) Math.min(BUFFER, left)));
          }
        } else {
          // The content begins on the second page.
          add(sum, files.get(layer), PAGE + Integer.toUnsignedLong(map.getInt(at + 8)) * PAGE, length);
        }
      }
    } finally {
      for (FileChannel file : files) {
        file.close();
      }
    }
    return sum.getValue();
  }

  private static void add(CRC32C sum, FileChannel from, long position, long length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    for (long done = 0; done < length; ) {
      buffer.clear().limit((int) Math.min(BUFFER, length - done));
      int read = from.read(buffer, position + done);
      if (read <= 0) {
        throw new IOException("memory ends after " + done + " of " + length + " bytes");
      }
      done += read;
      sum.update(buffer.flip());
    }
  }
}
