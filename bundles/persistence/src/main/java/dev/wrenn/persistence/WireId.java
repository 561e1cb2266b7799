package dev.wrenn.persistence;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/** Ids as clients see them: a prefix and 25 digits of base 36, the UUID as an unsigned number. */
public enum WireId {
  CAPSULE("cl-"), USER("usr-"), TEAM("team-"), API_KEY("key-");

  private static final int DIGITS = 25;
  private static final int BASE = 36;
  private static final long HALF = 0xFFFF_FFFFL;

  private final String prefix;

  WireId(String prefix) {
    this.prefix = prefix;
  }

  public String format(UUID id) {
    byte[] text = Arrays.copyOf(prefix.getBytes(StandardCharsets.US_ASCII), prefix.length() + DIGITS);
    long high = id.getMostSignificantBits();
    long low = id.getLeastSignificantBits();
    for (int i = text.length - 1; i >= prefix.length(); i--) {
      // Long division by halves of 32 bits, so that each remainder and the next half fit into one number.
      long rest = Long.remainderUnsigned(high, BASE);
      high = Long.divideUnsigned(high, BASE);
      long upper = rest << 32 | low >>> 32;
      long lower = upper % BASE << 32 | low & HALF;
      low = upper / BASE << 32 | lower / BASE;
      int digit = (int) (lower % BASE);
      text[i] = (byte) (digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  /** Empty for anything that {@link #format} can't have made. */
  public Optional<UUID> parse(String text) {
    if (text == null || text.length() != prefix.length() + DIGITS || !text.startsWith(prefix)) {
      return Optional.empty();
    }
    long high = 0;
    long low = 0;
    for (int i = prefix.length(); i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'z') || Math.unsignedMultiplyHigh(high, BASE) != 0) {
        return Optional.empty();
      }
      long product = low * BASE;
      long sum = product + (c <= '9' ? c - '0' : c - 'a' + 10);
      long carry = Math.unsignedMultiplyHigh(low, BASE) + (Long.compareUnsigned(sum, product) < 0 ? 1 : 0);
      long next = high * BASE + carry;
      if (Long.compareUnsigned(next, carry) < 0) {
        return Optional.empty();
      }
      high = next;
      low = sum;
    }
    return Optional.of(new UUID(high, low));
  }
}
