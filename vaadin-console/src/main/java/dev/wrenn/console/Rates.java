package dev.wrenn.console;

import dev.wrenn.metrics.MetricPoint;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Bytes per second from counters that only grow; a counter that fell began anew, and says nothing of the time between. */
final class Rates {
  private Rates() {}

  static Points of(List<MetricPoint> points, Duration step) {
    Points table = new Points(step, 2);
    for (int i = 1; i < points.size(); i++) {
      MetricPoint before = points.get(i - 1);
      MetricPoint now = points.get(i);
      double seconds = Duration.between(before.at(), now.at()).toMillis() / 1000.0;
      table.add(now.at(), rate(before.rxBytes(), now.rxBytes(), seconds), rate(before.txBytes(), now.txBytes(), seconds));
    }
    return table;
  }

  private static OptionalDouble rate(OptionalLong before, OptionalLong now, double seconds) {
    if (before.isEmpty() || now.isEmpty() || seconds <= 0 || now.getAsLong() < before.getAsLong()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of((now.getAsLong() - before.getAsLong()) / seconds);
  }
}
