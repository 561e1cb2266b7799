package dev.wrenn.hypervisor.qemu.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of kernel files. Reading one takes longer than freezing a guest, so the last is remembered: a host has one kernel, as a rule. */
final class KernelDigest {
  private static final int BUFFER = 1 << 18;

  private Known last = new Known(Path.of(""), 0, FileTime.fromMillis(0), "");

  private record Known(Path file, long size, FileTime changed, String digest) {}

  synchronized String of(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    if (!last.file().equals(file) || last.size() != now.size() || !last.changed().equals(now.lastModifiedTime())) {
      last = new Known(file, now.size(), now.lastModifiedTime(), read(file));
    }
    return last.digest();
  }

  private static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
