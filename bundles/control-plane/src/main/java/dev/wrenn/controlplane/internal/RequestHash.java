package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells whether two requests ask for the same; stored, so its text must stay as it is. */
final class RequestHash {
  private RequestHash() {}

  static String of(CapsuleRecord.Spec spec) {
    String text = String.join("\n", "1", spec.template(), "" + spec.vcpus(), "" + spec.memoryMb(), "" + spec.diskMb(), "" + spec.timeoutSec());
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256", e);
    }
  }
}
