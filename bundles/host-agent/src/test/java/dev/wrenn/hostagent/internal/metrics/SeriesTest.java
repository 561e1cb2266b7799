package dev.wrenn.hostagent.internal.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.guest.GuestMetrics;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.spi.hypervisor.MicroVm.VmStats;
import dev.wrenn.spi.network.Network.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SeriesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private final Series series = new Series(2);
  private long at;

  @Test
  void processorTimeIsAShareOfAllProcessors() {
    assertEquals(Optional.empty(), add(5 * SECOND, 1000, Optional.empty()));
    assertEquals(Optional.of(50.0), add(6 * SECOND, 1000, Optional.empty()));
    assertEquals(Optional.of(0.0), add(6 * SECOND, 1000, Optional.empty()));
    assertEquals(Optional.of(100.0), add(26 * SECOND, 1000, Optional.empty()), "it can't have used more than there is");
  }

  @Test
  void whatIsNotKnownIsAbsent() {
    add(0, -1, Optional.empty());
    add(SECOND, -1, Optional.empty());
    MetricPoint point = series.latest().orElseThrow();
    assertEquals(new MetricPoint(BEGIN.plusSeconds(1), 50, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
        OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()), point);
    assertEquals(List.of(point), series.points(Tier.SECONDS));
    assertEquals(Optional.empty(), add(-1, 1, Optional.empty()), "no point without processor time");
  }

  @Test
  void aCounterThatBeganAnewIsNoUse() {
    add(50 * SECOND, 1, Optional.empty());
    assertEquals(Optional.empty(), add(SECOND, 1, Optional.empty()));
    assertEquals(Optional.of(50.0), add(2 * SECOND, 1, Optional.empty()));
  }

  @Test
  void whatTheGuestSaidHoldsForAWhile() {
    add(0, 4096, Optional.of(new Traffic(10, 20)));
    series.guest(new GuestMetrics(2, 1, 100 << 20, 30 << 20, 0, 200 << 20, 50 << 20), at * SECOND);
    add(0, 4096, Optional.of(new Traffic(11, 21)));
    MetricPoint point = series.latest().orElseThrow();
    assertEquals(OptionalLong.of(30 << 20), point.memoryBytes());
    assertEquals(OptionalLong.of(100 << 20), point.memoryTotalBytes());
    assertEquals(OptionalLong.of(4096), point.memoryHostBytes());
    assertEquals(OptionalLong.of(50 << 20), point.diskBytes());
    assertEquals(OptionalLong.of(200 << 20), point.diskTotalBytes());
    assertEquals(OptionalLong.of(11), point.rxBytes());
    assertEquals(OptionalLong.of(21), point.txBytes());
    assertEquals(point, series.points(Tier.SECONDS).getLast());
    for (int i = 0; i < 20; i++) {
      add(0, 4096, Optional.empty());
    }
    assertEquals(OptionalLong.empty(), series.latest().orElseThrow().memoryBytes());
  }

  @Test
  void tiersAreBoundedAndHoldMeans() {
    long cpu = 0;
    for (int i = 0; i < 25 * 3600; i++) {
      cpu += i % 2 == 0 ? 0 : 2 * SECOND; // idle and busy in turn
      add(cpu, 1L << 20 << i % 2, Optional.of(new Traffic(i, 2L * i)));
    }
    List<MetricPoint> seconds = series.points(Tier.SECONDS);
    assertEquals(600, seconds.size());
    assertEquals(BEGIN.plusSeconds(25 * 3600 - 1), seconds.getLast().at());
    assertEquals(BEGIN.plusSeconds(25 * 3600 - 600), seconds.getFirst().at());
    assertEquals(100, seconds.getLast().cpuPercent());
    List<MetricPoint> halves = series.points(Tier.HALF_MINUTES);
    assertEquals(240, halves.size());
    assertEquals(50, halves.getLast().cpuPercent());
    assertEquals(OptionalLong.of(3L << 19), halves.getLast().memoryHostBytes());
    assertEquals(30, halves.get(100).at().getEpochSecond() - halves.get(99).at().getEpochSecond());
    List<MetricPoint> fives = series.points(Tier.FIVE_MINUTES);
    assertEquals(288, fives.size());
    assertEquals(BEGIN.plusSeconds(25 * 3600 - 300), fives.getLast().at());
    assertEquals(OptionalLong.of(25 * 3600 - 301), fives.getLast().rxBytes());
  }

  @Test
  void aFullSeriesIsSmall() {
    Series[] many = new Series[200];
    long before = heap();
    for (int one = 0; one < many.length; one++) {
      many[one] = new Series(1);
      for (int i = 0; i < Series.FIVE_MINUTES + 2; i++) {
        for (int second = 0; second < 10; second++) {
          many[one].add(BEGIN.plusSeconds(i * 300L + second * 30), (i * 300L + second * 30) * SECOND, new VmStats(i, 1), Optional.empty());
        }
      }
    }
    long each = (heap() - before) / many.length;
    assertEquals(288, many[199].points(Tier.FIVE_MINUTES).size());
    assertTrue(each < 40 << 10, each + " bytes each");
  }

  private static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    }
    return least;
  }

  private Optional<Double> add(long cpuNanos, long resident, Optional<Traffic> traffic) {
    Optional<Double> percent = series.add(BEGIN.plusSeconds(at), at * SECOND, new VmStats(cpuNanos, resident), traffic);
    at++;
    return percent;
  }
}
