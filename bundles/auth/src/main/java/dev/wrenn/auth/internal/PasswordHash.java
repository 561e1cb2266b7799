package dev.wrenn.auth.internal;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Passwords as PBKDF2 with HMAC-SHA-256, in a text that names its own strength, so that it can be raised. Thread-safe. */
final class PasswordHash {
  /** The figure that OWASP gives for this function. */
  private static final int ITERATIONS = 600_000;
  private static final int BITS = 256;
  private static final String NAME = "pbkdf2-sha256";
  private final SecureRandom random;
  private final int iterations;
  /** Of a password that nobody knows: an unknown user must cost what a known one costs. */
  private final String nobody;

  PasswordHash(SecureRandom random) {
    this(random, ITERATIONS);
  }

  PasswordHash(SecureRandom random, int iterations) {
    this.random = random;
    this.iterations = iterations;
    this.nobody = hash(Secrets.hex(random, 16));
  }

  String hash(String password) {
    byte[] salt = new byte[16];
    random.nextBytes(salt);
    return NAME + "$" + iterations + "$" + encode(salt) + "$" + encode(derive(password, salt, iterations));
  }

  boolean matches(String password, String hash) {
    String[] parts = hash.split("\\$");
    if (parts.length != 4 || !parts[0].equals(NAME)) {
      return false;
    }
    byte[] wanted = Base64.getDecoder().decode(parts[3]);
    return MessageDigest.isEqual(wanted, derive(password, Base64.getDecoder().decode(parts[2]), Integer.parseInt(parts[1])));
  }

  /** Does the work of {@link #matches} for a user who is not there. */
  void pretend(String password) {
    matches(password, nobody);
  }

  boolean outdated(String hash) {
    return !hash.startsWith(NAME + "$" + iterations + "$");
  }

  private static byte[] derive(String password, byte[] salt, int iterations) {
    PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, BITS);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no PBKDF2WithHmacSHA256", e);
    } finally {
      spec.clearPassword();
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(bytes);
  }
}
