package dev.wrenn.persistence;

import java.math.BigInteger;
import java.util.Optional;
import java.util.UUID;

/** Ids as clients see them: a prefix and 25 digits of base 36, the UUID as an unsigned number. */
public enum WireId {
  CAPSULE("cl-"), USER("usr-"), TEAM("team-"), API_KEY("key-");

  private static final int DIGITS = 25;
  private static final BigInteger LOW = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  private final String prefix;

  WireId(String prefix) {
    this.prefix = prefix;
  }

  public String format(UUID id) {
    BigInteger number = unsigned(id.getMostSignificantBits()).shiftLeft(64).or(unsigned(id.getLeastSignificantBits()));
    String digits = number.toString(36);
    return prefix + "0".repeat(DIGITS - digits.length()) + digits;
  }

  /** Empty for anything that {@link #format} can't have made. */
  public Optional<UUID> parse(String text) {
    if (text == null || text.length() != prefix.length() + DIGITS || !text.startsWith(prefix)) {
      return Optional.empty();
    }
    for (int i = prefix.length(); i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'z')) {
        return Optional.empty();
      }
    }
    BigInteger number = new BigInteger(text.substring(prefix.length()), 36);
    return number.bitLength() > 128
        ? Optional.empty()
        : Optional.of(new UUID(number.shiftRight(64).longValue(), number.and(LOW).longValue()));
  }

  private static BigInteger unsigned(long bits) {
    return BigInteger.valueOf(bits).and(LOW);
  }
}
