package dev.wrenn.files;

import java.util.OptionalLong;

/**
 * Part of a file: from the first byte to the last, both counted from 0 and both included; without a first, the last so many bytes; without
 * a last, to the end.
 */
public record FileRange(OptionalLong first, OptionalLong last) {
  public FileRange {
    if (first.isEmpty() && last.isEmpty()) {
      throw new IllegalArgumentException("a range needs a first or a last byte");
    }
  }
}
