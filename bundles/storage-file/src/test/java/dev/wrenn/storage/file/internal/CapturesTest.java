package dev.wrenn.storage.file.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.Command;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.spi.storage.CapturedDisk;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kit can't see: files and their headers. */
class CapturesTest {
  @TempDir private Path directory;
  private Path image;
  private FileStorage storage;

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60));
  }

  @BeforeEach
  void image() throws IOException {
    image = Files.write(directory.resolve("image"), new byte[1 << 20]);
    storage = new FileStorage(directory.resolve("disks"), "qcow2", 0, "1.0.0");
  }

  private Disk disk(String capsule, Path from) throws DriverException {
    return storage.create(new DiskPlan(new PlanId(capsule, 1), from, 4 << 20), soon());
  }

  @Test
  void anOverlayWhoseProcessHasChangedItsHeaderIsNotCaptured() throws Exception {
    Path secret = Files.write(directory.resolve("secret"), new byte[4 << 20]);
    Disk disk = disk("c1", image);
    Path file = ((BlockAttachment.Qcow2File) disk.attachment()).file();
    Files.delete(file);
    Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret.toString(), file.toString()).run();
    DriverException refused = assertThrows(DriverException.class, () -> disk.capture(directory.resolve("capture"), soon()));
    assertTrue(refused.getMessage().contains("secret"), refused.getMessage());

    Files.delete(file);
    Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", image.toString(), "-o", "data_file=" + directory.resolve("data"),
        file.toString(), "4M").run();
    assertThrows(DriverException.class, () -> disk.capture(directory.resolve("capture"), soon()));
    assertEquals(List.of(), captures());
  }

  @Test
  void toolsFindNothingWrongWithAChainAndWithItsShortening() throws Exception {
    Path from = image;
    int longest = 0;
    for (int i = 0; i < Captures.LONGEST_CHAIN + 2; i++) {
      Disk disk = disk("c" + i, from);
      Path file = ((BlockAttachment.Qcow2File) disk.attachment()).file();
      Command.of("qemu-io", "-f", "qcow2", "-c", "write -P " + (i + 1) + " " + i * 65536 + " 65536", file.toString()).run();
      CapturedDisk capture = disk.capture(directory.resolve("capture-" + i), soon());
      assertTrue(Command.of("qemu-img", "check", "-f", "qcow2", capture.image().toString()).run().stdout().contains("No errors"));
      assertEquals(image, capture.backing().getLast());
      longest = Math.max(longest, capture.backing().size());
      from = capture.image();
    }
    assertEquals(Captures.LONGEST_CHAIN - 1, longest);
    assertEquals(3, Chain.of(from).below().size(), "it was not shortened once");
    Path flat = directory.resolve("flat");
    Command.of("qemu-img", "convert", "-O", "raw", from.toString(), flat.toString()).run();
    byte[] bytes = Files.readAllBytes(flat);
    for (int i = 0; i < Captures.LONGEST_CHAIN + 2; i++) {
      assertEquals(i + 1, bytes[i * 65536 + 65535]);
    }
  }

  @Test
  void aHalfMadeCaptureIsMadeAnewAndRemoved() throws Exception {
    Disk disk = disk("c1", image);
    Path capture = directory.resolve("capture");
    for (String left : List.of("capture.part", "capture.chain.part", "capture.chain")) {
      Files.writeString(directory.resolve(left), "half");
    }
    disk.capture(capture, soon());
    assertEquals(new Chain(DiskFormat.QCOW2, List.of(image)), Chain.of(capture));
    Files.writeString(directory.resolve("capture.part"), "half");
    storage.deleteCapture(capture, soon());
    assertEquals(List.of(), captures());
  }

  private List<Path> captures() throws IOException {
    try (var all = Files.list(directory)) {
      return all.filter(file -> file.getFileName().toString().startsWith("capture")).toList();
    }
  }
}
