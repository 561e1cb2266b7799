package dev.wrenn.hostagent.internal;

import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A host's own secret, from which the tokens of its agents are derived, so that none is stored. Thread-safe. */
final class HostSecret {
  private static final int BYTES = 32;

  private final byte[] key;

  private HostSecret(byte[] key) {
    this.key = key;
  }

  /** Reads the secret from that file, or makes it there, readable by its owner only. */
  static HostSecret at(Path file) throws IOException {
    if (!Files.exists(file)) {
      create(file);
    }
    byte[] key = Files.readAllBytes(file);
    if (key.length != BYTES) {
      throw new IOException(file + " has " + key.length + " bytes instead of " + BYTES + ": restore it from a backup; without it the agents of"
          + " running capsules can't be reached (removing it makes a new one)");
    }
    return new HostSecret(key);
  }

  /** The access token of a capsule's agent in that life. */
  String agentToken(PlanId id) {
    return HexFormat.of().formatHex(mac("agent-token " + id));
  }

  /** The token of a capsule's user for its agent; the same in each of its lives. */
  String userToken(String capsule) {
    return HexFormat.of().formatHex(mac("user-token " + capsule));
  }

  /** What the guest may know of the token before it was ever sent. */
  String agentTokenHash(PlanId id) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(agentToken(id).getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  String machineId(PlanId id) {
    return HexFormat.of().formatHex(mac("machine-id " + id), 0, 16);
  }

  /** By which a set of variables is known again, and not found out. */
  String variables(Map<String, String> env) {
    StringBuilder all = new StringBuilder("variables");
    new TreeMap<>(env).forEach((name, value) -> all.append(' ').append(name.length()).append(' ').append(name).append(' ').append(value.length())
        .append(' ').append(value));
    return HexFormat.of().formatHex(mac(all.toString()));
  }

  private byte[] mac(String purpose) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static void create(Path file) throws IOException {
    byte[] fresh = new byte[BYTES];
    new SecureRandom().nextBytes(fresh);
    Files.createDirectories(file.getParent());
    Path next = Files.createTempFile(file.getParent(), "secret", ".new", PosixFilePermissions.asFileAttribute(
        PosixFilePermissions.fromString("rw-------")));
    try {
      try (var channel = java.nio.channels.FileChannel.open(next, Set.of(StandardOpenOption.WRITE))) {
        channel.write(java.nio.ByteBuffer.wrap(fresh));
        channel.force(true);
      }
      Files.createLink(file, next);
    } catch (FileAlreadyExistsException e) {
      // Another start made it at the same moment; that one counts.
    } finally {
      Files.delete(next);
    }
  }
}
