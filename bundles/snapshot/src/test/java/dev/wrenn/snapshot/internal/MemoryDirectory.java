package dev.wrenn.snapshot.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** A file system in memory where there is one: these tests make a million small files and sync none. */
final class MemoryDirectory implements TempDirFactory {
  private static final Path MEMORY = Path.of("/dev/shm");

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension) throws IOException {
    return Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "wrenn-snapshot-") : Files.createTempDirectory("wrenn-snapshot-");
  }
}
