package dev.wrenn.storage.file.internal;

import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where disks lie: {@code <directory>/<capsule>/<generation>.qcow2} or {@code .raw}, the latter with {@code <generation>.image}
 * beside it, which names the image that it was copied from. A name that ends in {@code .part} is work that was not finished.
 */
record DiskHome(Path directory) {
  private static final Pattern DISK = Pattern.compile("(\\d+)\\.(qcow2|raw)");

  /** A disk that lies there complete. */
  record Found(int generation, Path file) {
    boolean isRaw() {
      return file.getFileName().toString().endsWith(".raw");
    }
  }

  Path file(PlanId id, String format) {
    return ofCapsule(id).resolve(id.generation() + "." + format);
  }

  /** The complete disk of the capsule, of whichever generation. */
  Optional<Found> find(PlanId id) throws IOException {
    Found found = null;
    for (Path path : list(ofCapsule(id))) {
      Matcher name = DISK.matcher(path.getFileName().toString());
      if (name.matches()) {
        found = new Found(Integer.parseInt(name.group(1)), path);
      }
    }
    return Optional.ofNullable(found);
  }

  void prepare(PlanId id) throws IOException {
    Files.createDirectories(ofCapsule(id));
  }

  /** Gives finished work its name, durably: after this it is there whatever happens. */
  void publish(Path part, Path file) throws IOException {
    try {
      Files.createLink(file, part);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " came into being meanwhile", e);
    }
    Files.delete(part);
    sync(file.getParent());
    sync(file.getParent().getParent());
  }

  /** Removes all of that generation, finished or not; nothing there is fine. */
  void remove(Path ofCapsule, int generation) throws IOException {
    for (Path path : list(ofCapsule)) {
      if (path.getFileName().toString().startsWith(generation + ".")) {
        Files.deleteIfExists(path);
      }
    }
    try {
      if (Files.deleteIfExists(ofCapsule)) {
        sync(ofCapsule.getParent());
      }
    } catch (DirectoryNotEmptyException e) {
      sync(ofCapsule);
    }
  }

  static int generation(Path file) {
    String name = file.getFileName().toString();
    return Integer.parseInt(name.substring(0, name.indexOf('.')));
  }

  Path ofCapsule(PlanId id) {
    return directory.resolve(id.capsule());
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(paths::add);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return paths;
  }

  static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
