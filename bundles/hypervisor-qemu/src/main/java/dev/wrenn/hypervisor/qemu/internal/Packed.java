package dev.wrenn.hypervisor.qemu.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Machine code that comes with this bundle and is laid beside the microVMs under a name made of its content: microVMs of different
 * versions go on with what they were started with.
 */
final class Packed {
  private final Optional<byte[]> content;
  private final Path file;

  private Packed(Path directory, String resource, String prefix, String suffix) throws IOException {
    try (InputStream in = Packed.class.getResourceAsStream(resource)) {
      this.content = in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    }
    this.file = directory.resolve(prefix + content.map(Packed::digest).orElse("none") + suffix);
  }

  /** The library that QEMU loads before all others, so that its guest's memory is private to it. Without it microVMs run, but can't be saved. */
  static Packed preload(Path directory) throws IOException {
    return new Packed(directory, "libwrenn_preload.so", "preload-", ".so");
  }

  /** The program that becomes QEMU. Without it no microVM starts. */
  static Packed launcher(Path directory) throws IOException {
    return new Packed(directory, "wrenn-launch", "launch-", "");
  }

  boolean present() {
    return content.isPresent();
  }

  /** Made of its content. */
  String name() {
    return file.getFileName().toString();
  }

  /** It as a file; somebody may have cleaned up since the last start. */
  Optional<Path> file() throws IOException {
    if (content.isPresent() && !Files.exists(file)) {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), ".packed-", ".part");
      try {
        Files.write(part, content.get());
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    }
    return content.map(bytes -> file);
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
