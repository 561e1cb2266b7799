package dev.wrenn.shell.internal;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.karaf.shell.support.table.ShellTable;

/** Rows for people, or for programs: those get tabs between the values and nothing else, or JSON. */
final class Listing {
  private static final int CELL = 90;
  private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB"};

  private final String empty;
  private final String[] columns;
  private final List<List<Object>> rows = new ArrayList<>();

  /** @param empty what to say to people when there are no rows */
  Listing(String empty, String... columns) {
    this.empty = empty;
    this.columns = columns;
  }

  /** Values in the order of the columns; an absent one is an empty {@code Optional}. */
  void row(Object... values) {
    rows.add(List.of(values));
  }

  void print(PrintStream out, boolean plain, boolean json) {
    if (json) {
      out.println(Json.of(rows.stream().map(this::fields).toList()));
    } else if (plain) {
      rows.forEach(row -> out.println(row.stream().map(Listing::cell).collect(Collectors.joining("\t"))));
    } else {
      table().print(out);
    }
  }

  private ShellTable table() {
    ShellTable table = new ShellTable().emptyTableText(empty);
    for (String column : columns) {
      table.column(column);
    }
    rows.forEach(row -> table.addRow().addContent(row.stream().map(Listing::cell).map(Listing::shortened).collect(Collectors.<Object>toList())));
    return table;
  }

  private Map<String, Object> fields(List<Object> row) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int column = 0; column < columns.length; column++) {
      fields.put(Json.name(columns[column]), row.get(column));
    }
    return fields;
  }

  private static String cell(Object value) {
    return oneLine(value instanceof Optional<?> perhaps ? perhaps.map(Object::toString).orElse("") : value.toString());
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

  /** Bytes with three digits and a unit: {@code 512 B}, {@code 1.50 MB}. Units are powers of 1024. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String digits = unit == 0 || value >= 99.95 ? "%.0f %s" : value >= 9.995 ? "%.1f %s" : "%.2f %s";
    return String.format(Locale.ROOT, digits, value, UNITS[unit]);
  }

  static String age(Instant since, Instant now) {
    return span(Math.max(0, Duration.between(since, now).toSeconds()));
  }

  /** For a terminal: what a guest wrote must not steer it. */
  static String oneLine(String text) {
    return text.replaceAll("\\s*[\\r\\n\\t]+\\s*", " ").replaceAll("\\p{Cc}", "?").strip();
  }
}
