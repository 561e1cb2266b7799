package dev.wrenn.proxy.internal;

import java.util.Locale;
import java.util.Optional;

/**
 * A capsule's id in the forms that clients use: {@code cl-…}; without its hyphen for E2B's clients, whose ids hold letters and digits only; and
 * either with a client id behind it, which older ones append.
 *
 * @param id as the platform knows it
 * @param plain whether the client wrote it without the hyphen
 */
record CapsuleName(String id, boolean plain) {
  private static final String PREFIX = "cl";
  private static final int DIGITS = 25;

  /** Empty when this can't be the name of a capsule; the length of the digits is checked only where nothing else tells it from other words. */
  static Optional<CapsuleName> of(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    if (!name.startsWith(PREFIX)) {
      return Optional.empty();
    }
    boolean plain = !name.startsWith("-", PREFIX.length());
    String digits = name.substring(PREFIX.length() + (plain ? 0 : 1));
    int suffix = digits.indexOf('-');
    if (suffix >= 0) {
      digits = digits.substring(0, suffix);
    }
    boolean fits = plain ? digits.length() == DIGITS : !digits.isEmpty() && digits.length() <= 63;
    return fits && digits.chars().allMatch(CapsuleName::isDigit) ? Optional.of(new CapsuleName(PREFIX + "-" + digits, plain)) : Optional.empty();
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'z';
  }
}
