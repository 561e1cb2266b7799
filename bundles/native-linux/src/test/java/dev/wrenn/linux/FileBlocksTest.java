package dev.wrenn.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBlocksTest {
  @Test
  void holesTakeNothing(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1 << 30);
      assertEquals(0, FileBlocks.allocatedBytes(file));
      sparse.write(new byte[65_536]);
      sparse.getFD().sync();
    }
    long taken = FileBlocks.allocatedBytes(file);
    assertTrue(taken >= 65_536 && taken < 1 << 20, taken + " bytes");
  }

  @Test
  void manyPiecesAreAllCounted(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("pieces");
    int pieces = 600;
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < pieces; i++) {
        sparse.seek(i * 65_536L);
        sparse.write(new byte[4096]);
      }
      sparse.getFD().sync();
    }
    assertEquals(pieces * 4096L, FileBlocks.unsharedBytes(file));
    assertThrows(NoSuchFileException.class, () -> FileBlocks.unsharedBytes(directory.resolve("absent")));
  }

  @Test
  void saysThatTheFileIsNotThere(@TempDir Path directory) {
    assertThrows(NoSuchFileException.class, () -> FileBlocks.allocatedBytes(directory.resolve("absent")));
  }
}
