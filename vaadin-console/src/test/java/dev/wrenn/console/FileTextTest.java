package dev.wrenn.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.files.FileEntry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FileTextTest {
  @Test
  void textIsText() {
    FileText file = file("grüße\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(Optional.of("grüße\n"), file.text());
    assertTrue(file.editable());
  }

  @Test
  void binaryIsSaidToBeThat() {
    for (byte[] bytes : new byte[][] {{1, 0, 2}, {(byte) 0xff, (byte) 0xfe, 'a'}}) {
      FileText file = file(bytes);
      assertTrue(file.text().isEmpty());
      assertTrue(file.obstacle().contains("binary"), file.obstacle());
      assertFalse(file.editable());
    }
  }

  @Test
  void tooMuchIsNotShown() {
    FileText file = file(new byte[FileText.LARGEST + 1]);
    assertTrue(file.obstacle().contains("512 KiB"), file.obstacle());
  }

  @Test
  void mixedLineEndsAreNotEdited() {
    assertTrue(file("a\r\nb\r\n".getBytes()).editable());
    assertFalse(file("a\r\nb\n".getBytes()).editable());
    assertFalse(file("a\rb\n".getBytes()).editable());
  }

  @Test
  void anotherContentHasAnotherDigest() {
    assertNotEquals(file("a".getBytes()).digest(), file("b".getBytes()).digest());
  }

  private static FileText file(byte[] bytes) {
    FileEntry entry = new FileEntry("f", "/f", FileEntry.Type.FILE, bytes.length, 0644, "-rw-r--r--", "root", "root", Instant.EPOCH, Optional.empty());
    return FileText.of(entry, bytes);
  }
}
