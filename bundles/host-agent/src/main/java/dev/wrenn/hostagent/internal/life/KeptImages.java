package dev.wrenn.hostagent.internal.life;

import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images under second names of this host's own: disks read from an image for as long as they live, paused ones, too, and an image may be exchanged
 * by a newer one meanwhile. Thread-safe.
 */
final class KeptImages {
  private static final Logger LOG = LoggerFactory.getLogger(KeptImages.class);
  private final Path directory;
  /** By the image's own path; not swept, used or not. */
  private final Map<Path, Path> current = new ConcurrentHashMap<>();

  KeptImages(Path directory) {
    this.directory = directory;
  }

  /** The file that disks are to read from; the image's own where the file system allows no second name. */
  Path keep(GuestImage image) throws IOException {
    Path file = image.disk();
    Path kept = directory.resolve(image.image().name() + "." + Files.getAttribute(file, "unix:ino") + "." + file.toFile().lastModified());
    if (kept.equals(current.get(file)) && Files.exists(kept)) {
      return kept;
    }
    Files.createDirectories(directory);
    try {
      Files.createLink(kept, file);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isSameFile(kept, file)) {
        LOG.warn("{} is no second name of image {}: disks read from that itself, which must not be exchanged while they are there", kept, file);
        return file;
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn("Image {} gets no second name ({}): it must not be exchanged while disks read from it", file, e.toString());
      return file;
    }
    current.put(file, kept);
    return kept;
  }

  /** Removes those from which nobody reads, and nothing new is made. */
  void sweep(Set<Path> used) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!used.contains(file) && !current.containsValue(file)) {
          LOG.info("Image {} was exchanged, and no disk reads from it any more", file.getFileName());
          Files.delete(file);
        }
      }
    }
  }
}
