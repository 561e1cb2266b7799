package dev.wrenn.console;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
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

  /** With the small parts that {@link #span} leaves out. */
  static String exact(Duration time) {
    if (time.toMillis() < 10_000) {
      return time.toMillis() < 1000 ? Math.max(0, time.toMillis()) + " ms" : String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
    if (time.toMinutes() < 1) {
      return time.toSeconds() + " s";
    }
    if (time.toHours() < 1) {
      return time.toMinutes() + " min " + time.toSecondsPart() + " s";
    }
    return time.toDays() < 2 ? time.toHours() + " h " + time.toMinutesPart() + " min" : time.toDays() + " days " + time.toHoursPart() + " h";
  }

  static String mebibytes(long mebibytes) {
    return mebibytes < 1024 ? mebibytes + " MiB" : trim(mebibytes / 1024.0) + " GiB";
  }

  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, List.of("B", "KiB", "MiB", "GiB", "TiB").get(unit));
  }

  static String millis(double millis) {
    return millis < 10 ? String.format(Locale.ROOT, "%.1f ms", millis) : Math.round(millis) + " ms";
  }

  static String idle(int seconds) {
    return seconds <= 0 ? "never" : span(Duration.ofSeconds(seconds));
  }

  static String count(long n, String one) {
    return count(n, one, one + "s");
  }

  static String count(long n, String one, String more) {
    return n + " " + (n == 1 ? one : more);
  }

  private static String trim(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.1f", value);
  }
}
