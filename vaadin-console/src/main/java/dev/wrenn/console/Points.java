package dev.wrenn.console;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** Values over time as a chart takes them. Where values are missing for longer than usual there is a gap, never a line across. */
final class Points {
  private static final Duration LATE = Duration.ofSeconds(6);
  private final List<Double> times = new ArrayList<>();
  private final List<List<OptionalDouble>> columns = new ArrayList<>();
  private final double gapSeconds;

  /** @param usual time from one point to the next */
  Points(Duration usual, int columns) {
    this.gapSeconds = Math.max(usual.toMillis() * 2.5, LATE.toMillis()) / 1000;
    for (int i = 0; i < columns; i++) {
      this.columns.add(new ArrayList<>());
    }
  }

  /** Points come in the order of time. */
  void add(Instant at, OptionalDouble... values) {
    double seconds = at.toEpochMilli() / 1000.0;
    if (!times.isEmpty() && seconds <= times.getLast()) {
      return;
    }
    if (!times.isEmpty() && seconds - times.getLast() > gapSeconds) {
      put(times.getLast() + gapSeconds / 2, new OptionalDouble[0]);
    }
    put(seconds, values);
  }

  private void put(double seconds, OptionalDouble[] values) {
    times.add(seconds);
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).add(i < values.length ? values[i] : OptionalDouble.empty());
    }
  }

  /** Whether any value is known in that column. */
  boolean known(int column) {
    return columns.get(column).stream().anyMatch(OptionalDouble::isPresent);
  }

  String json() {
    String rest = columns.stream().map(c -> c.stream().map(v -> v.isPresent() ? number(v.getAsDouble()) : "null").collect(Collectors.joining(",", "[", "]")))
        .collect(Collectors.joining(","));
    return times.stream().map(Points::number).collect(Collectors.joining(",", "[[", "]")) + "," + rest + "]";
  }

  private static String number(double value) {
    return java.math.BigDecimal.valueOf(Math.round(value * 1000) / 1000.0).toPlainString();
  }
}
