package dev.wrenn.storage.file.internal;

import dev.wrenn.linux.CommandTimeoutException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Probe;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Tries what a disk needs of its directory: writing, syncing, reading back, sharing blocks. */
record DirectoryProbe(Path directory, Room room, DiskWriter writer) {
  private static final int BLOCK = 4096;

  Probe run(Deadline within) throws DriverException {
    within.check("probe");
    Map<String, String> facts = new TreeMap<>();
    facts.put("directory", directory.toString());
    try {
      Files.createDirectories(directory);
      FileStore store = Files.getFileStore(directory);
      facts.put("file_system", store.type());
      facts.put("free_bytes", Long.toString(room.freeBytes()));
      facts.put("reserve_bytes", Long.toString(room.reserveBytes()));
      writeAndRead();
      within.check("probe");
      facts.put("reflink", RawCopy.sharesBlocks(directory, within) ? "yes" : "no");
      facts.put("format", writer.format(directory, within).toString());
      return verdict(facts);
    } catch (CommandTimeoutException e) {
      throw DriverException.timeout("probe").withDetail(e.getMessage());
    } catch (IOException e) {
      return new Probe(false, "Disks can't be kept in " + directory + ": " + e.getMessage()
          + ". Make the directory writable or set 'directory' of dev.wrenn.storage.file to another.", facts);
    }
  }

  private Probe verdict(Map<String, String> facts) throws IOException {
    long free = room.freeBytes();
    if (free < room.reserveBytes()) {
      return new Probe(false, "The file system of " + directory + " has only " + (free >> 20) + " MiB free; "
          + (room.reserveBytes() >> 20) + " MiB are kept in reserve. Free some, or lower 'reserveMib' of dev.wrenn.storage.file.", facts);
    }
    return new Probe(true, "Disks are " + facts.get("format") + " files in " + directory + " (" + facts.get("file_system") + ", "
        + (free >> 20) + " MiB free).", facts);
  }

  private void writeAndRead() throws IOException {
    Path file = Files.createTempFile(directory, ".probe-", "");
    byte[] written = new byte[BLOCK];
    Arrays.fill(written, (byte) 0x5a);
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.write(written);
      disk.getFD().sync();
      disk.seek(0);
      byte[] read = new byte[BLOCK];
      disk.readFully(read);
      if (!Arrays.equals(read, written)) {
        throw new IOException("what was written to " + file + " is not what is read from it");
      }
    } finally {
      Files.delete(file);
    }
  }
}
