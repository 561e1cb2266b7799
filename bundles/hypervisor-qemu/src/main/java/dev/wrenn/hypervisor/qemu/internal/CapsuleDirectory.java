package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** The directory of one microVM: its sockets, its handle, and the place on which its root file system is mounted. */
record CapsuleDirectory(PlanId id, Path path) {
  private static final int LONGEST_SOCKET_PATH = 107;

  static CapsuleDirectory of(Path parent, PlanId id) {
    return new CapsuleDirectory(id, parent.resolve(id.toString()));
  }

  Path qmp() {
    return path.resolve("qmp");
  }

  Path ready() {
    return path.resolve("ready");
  }

  Path console() {
    return path.resolve("con");
  }

  Path root() {
    return path.resolve("root");
  }

  /** An empty file of the guest's size that QEMU takes for its guest's memory. Nothing is ever written to it. */
  Path ram() {
    return path.resolve("ram");
  }

  Path stateSocket() {
    return path.resolve("out");
  }

  Path handle() {
    return path.resolve("handle.json");
  }

  /** Makes it for a microVM whose own group is given; −1 when it has none. The group may make sockets in it until {@link #settle}. */
  void create(int group) throws IOException {
    if (ready().toString().length() > LONGEST_SOCKET_PATH) {
      throw new IOException("The path " + ready() + " is too long for a socket: at most " + LONGEST_SOCKET_PATH
          + " characters. Configure a shorter directory");
    }
    Files.createDirectories(path.getParent());
    Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createDirectory(root());
    share(path, group, "rwxrwx---");
  }

  /** Takes the right to make further files from the microVM: a guest that broke out of it can't fill the disk here. */
  void settle(int group) throws IOException {
    share(path, group, "rwxr-x---");
  }

  boolean exists() {
    return Files.exists(path);
  }

  /** Removes it with all that is in it; nothing when it is gone. Nobody else may be working in it. */
  void delete() throws IOException {
    try {
      Files.walkFileTree(path, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
          Files.deleteIfExists(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
          Files.deleteIfExists(directory);
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (NoSuchFileException gone) {
      // Somebody has removed it: that is what was wanted.
    }
  }

  static void share(Path file, int group, String permissions) throws IOException {
    if (group >= 0) {
      Files.setAttribute(file, "unix:gid", group);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
  }
}
