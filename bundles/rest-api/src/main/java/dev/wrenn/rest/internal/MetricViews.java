package dev.wrenn.rest.internal;

import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.MetricsService.Bucket;
import dev.wrenn.platform.MetricsService.Reserved;
import dev.wrenn.platform.MetricsService.TeamStats;
import dev.wrenn.platform.MetricsService.UsageDay;
import java.time.LocalDate;
import java.util.List;
import java.util.OptionalLong;

/** Measured values in answers, field by field. */
final class MetricViews {
  private MetricViews() {}

  record Metrics(String sandboxId, String range, List<Point> points) {
    static Metrics of(String capsule, String range, List<MetricPoint> points) {
      return new Metrics(capsule, range, points.stream().map(Point::of).toList());
    }
  }

  /** What is not known is left out; it is not zero. */
  record Point(
      long timestampUnix, double cpuPct, Long memBytes, Long memTotalBytes, Long memHostBytes, Long diskBytes, Long diskTotalBytes,
      Long rxBytes, Long txBytes) {
    static Point of(MetricPoint point) {
      return new Point(point.at().getEpochSecond(), rounded(point.cpuPercent()), known(point.memoryBytes()), known(point.memoryTotalBytes()),
          known(point.memoryHostBytes()), known(point.diskBytes()), known(point.diskTotalBytes()), known(point.rxBytes()),
          known(point.txBytes()));
    }

    private static Long known(OptionalLong value) {
      return value.isPresent() ? value.getAsLong() : null;
    }
  }

  record Stats(String range, Current current, Peaks peaks, Series series) {
    static Stats of(TeamStats stats) {
      Reserved now = stats.current();
      Reserved most = stats.peaks();
      return new Stats(stats.range(), new Current(now.running(), now.vcpus(), now.memoryMb()),
          new Peaks(most.running(), most.vcpus(), most.memoryMb()), Series.of(stats.series()));
    }
  }

  record Current(int runningCount, int vcpusReserved, long memoryMbReserved) {}

  record Peaks(int runningCount, int vcpus, long memoryMb) {}

  /** All lists are equally long. */
  record Series(List<String> labels, List<Integer> running, List<Integer> vcpus, List<Long> memoryMb) {
    static Series of(List<Bucket> buckets) {
      return new Series(buckets.stream().map(bucket -> Wire.time(bucket.at())).toList(),
          buckets.stream().map(bucket -> bucket.greatest().running()).toList(),
          buckets.stream().map(bucket -> bucket.greatest().vcpus()).toList(),
          buckets.stream().map(bucket -> bucket.greatest().memoryMb()).toList());
    }
  }

  record Usage(String from, String to, List<Day> points) {
    static Usage of(LocalDate from, LocalDate to, List<UsageDay> days) {
      return new Usage(from.toString(), to.toString(), days.stream().map(Day::of).toList());
    }
  }

  record Day(String date, double cpuMinutes, double ramMbMinutes) {
    static Day of(UsageDay day) {
      return new Day(day.day().toString(), rounded(day.cpuMinutes()), rounded(day.memoryMbMinutes()));
    }
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
