package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Gives every microVM a user id of its own. Which ones are taken is read from the groups of the microVMs' directories, so nothing is
 * kept in this JVM. The search begins at a place that the id decides: two drivers that work side by side hardly meet.
 */
final class Users {
  private final Settings settings;

  Users(Settings settings) {
    this.settings = settings;
  }

  /** Makes the directory for a free user id, and gives back that id. −1 when microVMs run as this user. */
  synchronized int assign(CapsuleDirectory directory) throws DriverException, IOException {
    if (!settings.confined()) {
      directory.create(-1);
      return -1;
    }
    Set<Integer> taken = taken();
    int start = Math.floorMod(directory.id().hashCode(), settings.uidCount());
    for (int i = 0; i < settings.uidCount(); i++) {
      int candidate = settings.uidBase() + (start + i) % settings.uidCount();
      if (!taken.contains(candidate)) {
        directory.create(candidate);
        return candidate;
      }
    }
    throw DriverException.of(Code.NO_CAPACITY, "user", "No user id is left for " + directory.id() + ": all " + settings.uidCount()
        + " from " + settings.uidBase() + " are in use. Raise uidCount of " + QemuHypervisor.PID);
  }

  private Set<Integer> taken() throws IOException {
    Set<Integer> groups = new HashSet<>();
    Files.createDirectories(settings.directory());
    try (DirectoryStream<Path> all = Files.newDirectoryStream(settings.directory())) {
      for (Path one : all) {
        try {
          groups.add((Integer) Files.getAttribute(one, "unix:gid"));
        } catch (NoSuchFileException gone) {
          // It was removed meanwhile; its user is free.
        }
      }
    }
    return groups;
  }
}
