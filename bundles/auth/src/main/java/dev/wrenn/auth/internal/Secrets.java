package dev.wrenn.auth.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;

/** Random words, their hashes, and files that only the owner reads. */
final class Secrets {
  /** Only to be copied. */
  private static final MessageDigest UNUSED = unused();

  private Secrets() {}

  static String hex(SecureRandom random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }

  static String sha256(String text) {
    try {
      // Each API request comes here, and a copy takes a tenth of the time that looking for an implementation takes.
      MessageDigest digest = (MessageDigest) UNUSED.clone();
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("This Java's SHA-256 can't be copied", e);
    }
  }

  private static MessageDigest unused() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256", e);
    }
  }

  /** Writes a file of mode 0600 so that after a power cut there is the old content or the new one, whole. */
  static void write(Path file, String content) throws IOException {
    Path directory = Files.createDirectories(file.getParent());
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(next);
    try (FileChannel out = FileChannel.open(next, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
      entry.force(true);
    }
  }

  private static void onlyForOwner(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /** In a folder that is for secrets only. What the file holds; when there is none, a new random word of that many bytes, which is written first. */
  static String readOrMake(Path file, SecureRandom random, int bytes) throws IOException {
    try {
      if (!Files.exists(file)) {
        onlyForOwner(file.getParent());
        write(file, hex(random, bytes));
      }
    } catch (FileAlreadyExistsException other) {
      // Another instance made it meanwhile.
    }
    return Files.readString(file).strip();
  }
}
