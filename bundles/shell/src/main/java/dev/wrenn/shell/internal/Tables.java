package dev.wrenn.shell.internal;

import java.time.Duration;
import java.time.Instant;
import org.apache.karaf.shell.support.table.ShellTable;

/** What all tables have in common. */
final class Tables {

  static ShellTable of(boolean noFormat, String... columns) {
    ShellTable table = new ShellTable();
    for (String column : columns) {
      table.column(column);
    }
    return noFormat ? table.noHeaders() : table;
  }

  static void print(ShellTable table, boolean noFormat) {
    table.print(System.out, !noFormat);
  }

  /** Seconds in their two largest units: {@code 45s}, {@code 3m 20s}, {@code 2d 4h}. */
  static String span(long seconds) {
    Duration span = Duration.ofSeconds(seconds);
    if (span.toDays() > 0) {
      return two(span.toDays(), "d", span.toHoursPart(), "h");
    }
    if (span.toHours() > 0) {
      return two(span.toHours(), "h", span.toMinutesPart(), "m");
    }
    return span.toMinutes() > 0 ? two(span.toMinutes(), "m", span.toSecondsPart(), "s") : seconds + "s";
  }

  private static String two(long large, String largeUnit, int small, String smallUnit) {
    return large + largeUnit + (small == 0 ? "" : " " + small + smallUnit);
  }

  static String age(Instant since, Instant now) {
    return span(Math.max(0, Duration.between(since, now).toSeconds()));
  }

  static String oneLine(String text) {
    return text.replaceAll("\\s*[\\r\\n\\t]+\\s*", " ").strip();
  }

  private Tables() {}
}
