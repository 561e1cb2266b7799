package dev.wrenn.hostagent.internal.journal;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/** One line of the journal: checksum, number, JSON text. */
record Line(long number, String json) {
  private static final int CRC_DIGITS = 8;

  /** {@code CCCCCCCC N {…}} and a line feed; the checksum is CRC-32C over all between it and the line feed. */
  byte[] bytes() {
    String rest = " " + number + " " + json;
    return (HexFormat.of().toHexDigits(crc(rest)) + rest + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Empty when the line is not what was written. */
  static Optional<Line> parse(String text) {
    int gap = text.indexOf(' ', CRC_DIGITS + 1);
    if (gap < 0 || text.charAt(CRC_DIGITS) != ' ') {
      return Optional.empty();
    }
    try {
      int crc = HexFormat.fromHexDigits(text, 0, CRC_DIGITS);
      if (crc != crc(text.substring(CRC_DIGITS))) {
        return Optional.empty();
      }
      return Optional.of(new Line(Long.parseLong(text, CRC_DIGITS + 1, gap, 10), text.substring(gap + 1)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static int crc(String rest) {
    CRC32C sum = new CRC32C();
    sum.update(rest.getBytes(StandardCharsets.UTF_8));
    return (int) sum.getValue();
  }
}
