package dev.wrenn.hostagent.internal.machine;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostStatus.Image;
import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * What guests start from: {@code kernel/kernel.properties}, {@code initrd.cpio}, {@code initrd.properties} and
 * {@code images/<name>/{image.properties,rootfs.ext4}} in one directory. Read at each use, so that a new image needs no restart.
 */
public final class GuestFiles {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}");
  private static final String HELP = "build the guest files (make build) and put them below ";
  private static final String DISK = "rootfs.ext4";

  /** An image that can be started from. */
  public record GuestImage(Image image, Path disk) {
    public long sizeMib() {
      return (image.sizeBytes() + (1 << 20) - 1) >> 20;
    }
  }

  /** What was found, and what is wrong with the rest. */
  public record Images(List<Image> images, List<String> problems) {}

  private final Path directory;

  public GuestFiles(Path directory) {
    this.directory = directory;
  }

  /** @throws HostException {@code UNAVAILABLE} when there is none, saying what to do */
  public GuestKernel kernel() throws HostException {
    Path folder = directory.resolve("kernel");
    Properties told = properties(folder.resolve("kernel.properties"), Code.UNAVAILABLE, "kernel");
    Path image = folder.resolve(value(told, "file", folder));
    Path initrd = directory.resolve("initrd.cpio");
    for (Path file : List.of(image, initrd)) {
      if (!Files.isReadable(file)) {
        throw new HostException(Code.UNAVAILABLE, "kernel", "There is no " + file + ": " + HELP + directory);
      }
    }
    return new GuestKernel(image, initrd, value(told, "machine", folder), told.getProperty("version", "unknown"),
        words(told, "cmdline"), words(told, "cmdline.emulation"));
  }

  /** Version of the agent that the initial file system holds, if it says so. */
  public String agentVersion() {
    Path file = directory.resolve("initrd.properties");
    try {
      return properties(file, Code.UNAVAILABLE, "kernel").getProperty("envd.version", "unknown");
    } catch (HostException e) {
      return "unknown";
    }
  }

  /** @throws HostException {@code INVALID} name, {@code NOT_FOUND}, {@code FAILED} when it is broken */
  public GuestImage image(String name) throws HostException {
    if (!NAME.matcher(name).matches()) {
      throw new HostException(Code.INVALID, "image", "'" + name + "' is no image name: letters, digits, '.', '_' and '-'");
    }
    Path folder = directory.resolve("images").resolve(name);
    if (!Files.isDirectory(folder)) {
      throw new HostException(Code.NOT_FOUND, "image", "There is no image '" + name + "' on this host: " + HELP + directory);
    }
    return read(name, folder);
  }

  public Images images() {
    List<Image> images = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory.resolve("images"), Files::isDirectory)) {
      for (Path folder : folders) {
        try {
          images.add(read(folder.getFileName().toString(), folder).image());
        } catch (HostException e) {
          problems.add(e.getMessage());
        }
      }
    } catch (IOException e) {
      problems.add("The images can't be listed: " + e + ": " + HELP + directory);
      return new Images(List.of(), problems);
    }
    if (images.isEmpty() && problems.isEmpty()) {
      problems.add("There are no images: " + HELP + directory);
    }
    images.sort(Comparator.comparing(Image::name));
    return new Images(images, problems);
  }

  private GuestImage read(String name, Path folder) throws HostException {
    Path file = folder.resolve("image.properties");
    Properties told = properties(file, Code.FAILED, "image");
    Path disk = folder.resolve(DISK);
    try {
      long size = Files.size(disk);
      long said = Long.parseLong(value(told, "size_bytes", file));
      if (size != said) {
        throw new HostException(Code.FAILED, "image", "Image '" + name + "' is broken: " + disk + " has " + size + " bytes, " + said
            + " were said: " + HELP + directory);
      }
      Instant created = Files.getLastModifiedTime(file).toInstant();
      Image image = new Image(name, value(told, "id", file), size, Long.parseLong(told.getProperty("used_bytes", "-1")), created);
      return new GuestImage(image, disk);
    } catch (IOException | NumberFormatException e) {
      throw new HostException(Code.FAILED, "image", "Image '" + name + "' is broken: " + e + ": " + HELP + directory, e);
    }
  }

  private Properties properties(Path file, Code code, String step) throws HostException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
      return properties;
    } catch (IOException | IllegalArgumentException e) {
      throw new HostException(code, step, file + " can't be read (" + e + "): " + HELP + directory, e);
    }
  }

  private static List<String> words(Properties told, String key) {
    return List.of(told.getProperty(key, "").strip().split("\\s+")).stream().filter(word -> !word.isEmpty()).toList();
  }

  private static String value(Properties told, String key, Path file) throws HostException {
    String value = told.getProperty(key);
    if (value == null || value.isBlank()) {
      throw new HostException(Code.FAILED, "image", file + " does not say '" + key + "': build the guest files anew");
    }
    return value;
  }
}
