package dev.wrenn.snapshot.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/**
 * Tells whether a large file was written to since it was finished, without reading it: its time of change ends in microseconds that no clock is
 * likely to say, and that every write replaces. A copy that keeps times keeps the mark. Where a file system drops fractions, nothing is marked.
 */
final class Mark {
  private static final int NANOS = 271_828_000;

  private Mark() {}

  /** Not durable by itself. */
  static void set(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(changed(file).getEpochSecond(), NANOS)));
  }

  static boolean isSet(Path file) throws IOException {
    return changed(file).getNano() / 1_000 == NANOS / 1_000;
  }

  private static Instant changed(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }
}
