package dev.wrenn.shell.internal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A path in a capsule, as people write it: {@code cl-…:/path}. */
record GuestPath(String capsule, String path) {
  private static final Pattern FORM = Pattern.compile("(cl-[0-9a-z-]+):(.*)", Pattern.DOTALL);

  /** Empty when the word names no capsule. Without a path it is the home of the capsule's user. */
  static Optional<GuestPath> of(String word) {
    Matcher parts = FORM.matcher(word);
    return parts.matches() ? Optional.of(new GuestPath(parts.group(1), parts.group(2).isEmpty() ? "~" : parts.group(2))) : Optional.empty();
  }
}
