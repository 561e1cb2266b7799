package dev.wrenn.shell.internal;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.support.table.ShellTable;

/** Rows for people, or for programs: those get tabs between the values, and nothing else. */
final class Listing {
  private static final int CELL = 90;

  private final String empty;
  private final String[] columns;
  private final List<List<String>> rows = new ArrayList<>();

  /** @param empty what to say to people when there are no rows */
  Listing(String empty, String... columns) {
    this.empty = empty;
    this.columns = columns;
  }

  void row(Object... values) {
    rows.add(Stream.of(values).map(value -> oneLine(value.toString())).toList());
  }

  void print(PrintStream out, boolean forPrograms) {
    if (forPrograms) {
      rows.forEach(row -> out.println(String.join("\t", row)));
      return;
    }
    ShellTable table = new ShellTable().emptyTableText(empty);
    for (String column : columns) {
      table.column(column);
    }
    rows.forEach(row -> table.addRow().addContent(row.stream().map(Listing::shortened).collect(Collectors.<Object>toList())));
    table.print(out);
  }

  private static String shortened(String value) {
    return value.length() <= CELL ? value : value.substring(0, CELL - 1) + "…";
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
}
