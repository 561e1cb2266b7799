package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.wrenn.host.HostStatus.Image;
import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptImagesTest {
  @TempDir Path directory;

  @Test
  void anImageThatIsExchangedStaysForTheDisksThatReadFromIt() throws Exception {
    Path file = Files.writeString(directory.resolve("rootfs.ext4"), "one");
    GuestImage image = new GuestImage(new Image("minimal", "abc", 3, 3, Instant.EPOCH), file);
    KeptImages images = new KeptImages(directory.resolve("images"));
    Path first = images.keep(image);
    assertEquals(first, images.keep(image));
    assertEquals(first, new KeptImages(directory.resolve("images")).keep(image), "the same after a restart");
    images.sweep(Set.of());
    assertEquals("one", Files.readString(first), "new disks are made of it still");

    Files.move(Files.writeString(directory.resolve("new"), "two"), file, StandardCopyOption.REPLACE_EXISTING);
    Path second = images.keep(image);
    assertNotEquals(first, second);
    assertEquals("two", Files.readString(second));
    images.sweep(Set.of(first));
    assertEquals("one", Files.readString(first), "a disk reads from it");
    images.sweep(Set.of());
    assertFalse(Files.exists(first));
    assertEquals("two", Files.readString(second));
  }
}
