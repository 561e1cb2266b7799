package dev.wrenn.controlplane.internal;

import dev.wrenn.metrics.MetricPoint;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Points as they are stored: one a line, its numbers in order, a hyphen for what is unknown. */
final class PointText {
  private static final String UNKNOWN = "-";

  private PointText() {}

  static String write(List<MetricPoint> points) {
    return points.stream().map(PointText::line).collect(Collectors.joining("\n"));
  }

  private static String line(MetricPoint p) {
    return p.at().toEpochMilli() + " " + p.cpuPercent() + " " + Stream.of(p.memoryBytes(), p.memoryTotalBytes(), p.memoryHostBytes(), p.diskBytes(),
        p.diskTotalBytes(), p.rxBytes(), p.txBytes()).map(n -> n.isPresent() ? "" + n.getAsLong() : UNKNOWN).collect(Collectors.joining(" "));
  }

  static List<MetricPoint> read(String text) {
    return text.lines().map(PointText::point).toList();
  }

  private static MetricPoint point(String line) {
    String[] f = line.split(" ");
    return new MetricPoint(Instant.ofEpochMilli(Long.parseLong(f[0])), Double.parseDouble(f[1]), number(f[2]), number(f[3]), number(f[4]), number(f[5]),
        number(f[6]), number(f[7]), number(f[8]));
  }

  private static OptionalLong number(String text) {
    return text.equals(UNKNOWN) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }
}
