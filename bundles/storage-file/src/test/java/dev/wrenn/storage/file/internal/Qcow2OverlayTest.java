package dev.wrenn.storage.file.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QEMU's own tools judge what is written here. */
class Qcow2OverlayTest {
  private static final int IMAGE_BYTES = 3 << 20;

  @TempDir Path directory;
  private Path image;
  private Path disk;

  @BeforeEach
  void image() throws IOException {
    image = directory.resolve("image of a template.raw");
    disk = directory.resolve("disk.qcow2");
    try (RandomAccessFile raw = new RandomAccessFile(image.toFile(), "rw")) {
      raw.setLength(IMAGE_BYTES);
      raw.seek(1 << 20);
      raw.writeUTF("from the image");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {IMAGE_BYTES, 512L << 20, (512L << 20) + 512, 20L << 30, Qcow2Overlay.MAX_SIZE_BYTES})
  void toolsFindNothingWrongWithIt(long size) throws IOException {
    new Qcow2Overlay(image, size).writeTo(disk);

    assertTrue(tool("check", disk.toString()).contains("No errors were found"));
    String info = tool("info", "--output=json", disk.toString());
    assertTrue(info.contains("\"virtual-size\": " + size), info);
    assertTrue(info.contains("\"backing-filename-format\": \"raw\""), info);
    assertEquals(new Qcow2Overlay(image, size), Qcow2Overlay.of(disk));
  }

  @Test
  void readsAsTheImageWithZerosBehindIt() throws IOException {
    new Qcow2Overlay(image, 8 << 20).writeTo(disk);
    Path flat = directory.resolve("flat");
    tool("convert", "-O", "raw", disk.toString(), flat.toString());

    byte[] bytes = Files.readAllBytes(flat);
    assertEquals(8 << 20, bytes.length);
    byte[] expected = new byte[8 << 20];
    System.arraycopy(Files.readAllBytes(image), 0, expected, 0, IMAGE_BYTES);
    org.junit.jupiter.api.Assertions.assertArrayEquals(expected, bytes);
  }

  @Test
  void takesWritesAndLeavesTheImageAlone() throws IOException {
    byte[] before = Files.readAllBytes(image);
    new Qcow2Overlay(image, 2L << 30).writeTo(disk);
    Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 4k", "-c", "write -P 9 1G 1M", "-c", "read -P 7 0 4k", "-c",
        "read -P 9 1G 1M", disk.toString()).run();

    assertTrue(tool("check", disk.toString()).contains("No errors were found"));
    org.junit.jupiter.api.Assertions.assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void refusesWhatIsNoOverlay() throws IOException {
    assertThrows(IOException.class, () -> Qcow2Overlay.of(image));
    tool("create", "-q", "-f", "qcow2", disk.toString(), "1M");
    assertThrows(IOException.class, () -> Qcow2Overlay.of(disk));
    Files.write(disk, new byte[] {'Q', 'F', 'I', (byte) 0xfb});
    assertThrows(IOException.class, () -> Qcow2Overlay.of(disk));
  }

  private static String tool(String... arguments) throws IOException {
    String[] argv = new String[arguments.length + 1];
    argv[0] = "qemu-img";
    System.arraycopy(arguments, 0, argv, 1, arguments.length);
    return Command.of(argv).run().stdout();
  }
}
