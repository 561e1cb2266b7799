package dev.wrenn.snapshot;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Name of immutable content: its SHA-256.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) implements Comparable<Digest> {
  /** Length of the binary form. */
  public static final int BYTES = 32;
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public Digest {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException("'" + hex + "' is no SHA-256 in 64 lower-case hexadecimal digits");
    }
  }

  public static Digest of(byte[] sha256) {
    return new Digest(HexFormat.of().formatHex(sha256));
  }

  /** The digest of what the buffer holds from its position to its limit; the buffer is not moved. */
  public static Digest ofContent(ByteBuffer content) {
    MessageDigest sha256 = sha256();
    sha256.update(content.duplicate());
    return of(sha256.digest());
  }

  /** A new SHA-256, which every Java platform has. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256", e);
    }
  }

  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  /** Enough of it for people. */
  public String brief() {
    return hex.substring(0, 12);
  }

  @Override
  public String toString() {
    return hex;
  }
}
