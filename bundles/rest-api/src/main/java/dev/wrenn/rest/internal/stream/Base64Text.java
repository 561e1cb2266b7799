package dev.wrenn.rest.internal.stream;

import java.util.Base64;
import java.util.Optional;

/** Bytes in messages. */
final class Base64Text {
  private Base64Text() {}

  /** Empty for what is not base64: such messages are ignored. */
  static Optional<byte[]> decode(String text) {
    try {
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
