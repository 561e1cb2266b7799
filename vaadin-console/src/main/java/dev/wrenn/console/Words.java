package dev.wrenn.console;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Times and amounts as people say them. */
final class Words {
  private Words() {}

  static String ago(Instant then, Instant now) {
    Duration age = Duration.between(then, now);
    if (age.toSeconds() < 5) {
      return "just now";
    }
    return span(age) + " ago";
  }

  static String span(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min";
    }
    if (seconds < 48 * 3600) {
      return seconds / 3600 + " h";
    }
    return seconds / 86_400 + " days";
  }

  static String mebibytes(long mebibytes) {
    return mebibytes < 1024 ? mebibytes + " MiB" : trim(mebibytes / 1024.0) + " GiB";
  }

  static String millis(double millis) {
    return millis < 10 ? String.format(Locale.ROOT, "%.1f ms", millis) : Math.round(millis) + " ms";
  }

  static String idle(int seconds) {
    return seconds <= 0 ? "never" : span(Duration.ofSeconds(seconds));
  }

  static String count(long n, String one) {
    return n + " " + one + (n == 1 ? "" : "s");
  }

  private static String trim(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.1f", value);
  }
}
