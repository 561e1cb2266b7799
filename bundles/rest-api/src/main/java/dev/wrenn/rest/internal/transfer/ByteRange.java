package dev.wrenn.rest.internal.transfer;

import dev.wrenn.files.FileRange;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Range header. */
final class ByteRange {
  private static final Pattern ONE = Pattern.compile("(?i:bytes)\\s*=\\s*(\\d{0,18})\\s*-\\s*(\\d{0,18})\\s*");

  private ByteRange() {}

  /** Empty for what may be ignored: no header, other units, several ranges, and what makes no sense. */
  static Optional<FileRange> of(String header) {
    Matcher range = ONE.matcher(header == null ? "" : header.strip());
    if (!range.matches()) {
      return Optional.empty();
    }
    OptionalLong first = number(range.group(1));
    OptionalLong last = number(range.group(2));
    boolean nonsense = first.isEmpty() && last.isEmpty()
        || first.isPresent() && last.isPresent() && first.getAsLong() > last.getAsLong();
    return nonsense ? Optional.empty() : Optional.of(new FileRange(first, last));
  }

  private static OptionalLong number(String digits) {
    return digits.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits));
  }
}
