package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key of this installation, the same for all control planes on one database; what it signs is not the same for two purposes. */
record PlatformSecret(byte[] key) {
  private static final String SETTING = "control-plane.secret";
  private static final int BYTES = 32;
  private static final String ALGORITHM = "HmacSHA256";

  /** Made when there is none. */
  static PlatformSecret of(Ledger ledger) throws PlatformException {
    String hex = ledger.call(s -> s.settings().findOrSet(SETTING, () -> {
      byte[] made = new byte[BYTES];
      new SecureRandom().nextBytes(made);
      return HexFormat.of().formatHex(made);
    }));
    return new PlatformSecret(HexFormat.of().parseHex(hex));
  }

  /** @return 64 hexadecimal digits */
  String sign(String purpose, String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return HexFormat.of().formatHex(mac.doFinal((purpose + "\n" + text).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no " + ALGORITHM, e);
    }
  }

  static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "PlatformSecret[…]";
  }
}
