package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.MetricsService.Reserved;
import dev.wrenn.platform.MetricsService.TeamStats;
import dev.wrenn.platform.MetricsService.UsageDay;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsUseCasesTest {
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();
  private TestPlatform platform;
  private Caller ann;

  @BeforeEach
  void start() throws Exception {
    platform = new TestPlatform(directory, host);
    ann = platform.team();
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
  }

  private String make() throws Exception {
    return platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
  }

  @Test
  void takesARangeFromTheDensityThatBelongsToIt() throws Exception {
    String id = make();
    Instant now = Instant.now();
    host.points.put(Tier.SECONDS, List.of(FakeHost.point(now.minusSeconds(700)), FakeHost.point(now.minusSeconds(400)), FakeHost.point(now)));
    host.points.put(Tier.HALF_MINUTES, List.of(FakeHost.point(now.minusSeconds(5000)), FakeHost.point(now.minusSeconds(30))));
    host.points.put(Tier.FIVE_MINUTES, List.of(FakeHost.point(now.minusSeconds(80_000)), FakeHost.point(now.minusSeconds(40_000)), FakeHost.point(now.minusSeconds(9000))));
    for (var expected : Map.of("5m", 1, "10m", 2, "1h", 1, "2h", 2, "6h", 1, "12h", 2, "24h", 3).entrySet()) {
      List<MetricPoint> points = platform.metrics.capsule(ann, id, expected.getKey());
      assertEquals(expected.getValue(), points.size(), expected.getKey());
    }
    refused(Code.INVALID_REQUEST, () -> platform.metrics.capsule(ann, id, "7m"));
    refused(Code.INVALID_REQUEST, () -> platform.metrics.capsule(ann, "cl-x", "5m"));
    refused(Code.NOT_FOUND, () -> platform.metrics.capsule(platform.team(), id, "5m"));
    platform.disconnect(host);
    refused(Code.HOST_UNAVAILABLE, () -> platform.metrics.capsule(ann, id, "5m"));
    platform.connect(host);
    platform.capsules.destroy(ann, id);
    refused(Code.NOT_FOUND, () -> platform.metrics.capsule(ann, id, "5m"));
  }

  @Test
  void showsWhatAPausedCapsuleUsedBefore() throws Exception {
    String id = make();
    Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
    MetricPoint whole = FakeHost.point(now);
    MetricPoint poor = new MetricPoint(now.minusSeconds(100), 0.125, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
        OptionalLong.empty(), OptionalLong.of(Long.MAX_VALUE), OptionalLong.of(0));
    host.points.put(Tier.SECONDS, List.of(FakeHost.point(now.minusSeconds(500)), poor, whole));
    var row = platform.ledger.need(ann, id);
    new PausedMetrics(platform.ledger).keep(row, host);
    platform.ledger.change(row.id(), r -> r.in(CapsuleStatus.PAUSED, Optional.empty()));
    host.points.clear();
    assertEquals(List.of(poor, whole), platform.metrics.capsule(ann, id, "5m"));
    assertEquals(3, platform.metrics.capsule(ann, id, "10m").size());
    assertEquals(List.of(), platform.metrics.capsule(ann, id, "1h"));
    assertEquals(new Reserved(0, 0, 256), platform.metrics.team(ann, "1h").current());
  }

  @Test
  void showsATeamItsOwnLatestPoints() throws Exception {
    String id = make();
    Caller bob = platform.team();
    platform.capsules.create(bob, DEFAULTS, Optional.empty());
    assertEquals(java.util.Set.of(id), platform.metrics.latest(ann).keySet());
  }

  @Test
  void samplesTeamsAndAddsUpTheirDays() throws Exception {
    platform.sampler.stop();
    Caller idle = platform.team();
    assertEquals(new TeamStats("1h", new Reserved(0, 0, 0), new Reserved(0, 0, 0), List.of()), platform.metrics.team(idle, "1h"));
    platform.capsules.create(ann, new NewCapsule(Optional.empty(), Optional.of(3), Optional.of(600), Optional.empty(), Optional.empty()), Optional.empty());
    // The last full minute but one, so that whatever the clock's own sample is, these are later or it is none.
    Instant at = Instant.ofEpochSecond(Instant.now().getEpochSecond() / 10 * 10);
    platform.sampler.sample(at.plusSeconds(60));
    assertTrue(platform.sampler.sample(at.plusSeconds(70)));
    assertFalse(platform.sampler.sample(at.plusSeconds(79)));
    assertTrue(platform.sampler.sample(at.plusSeconds(90)));
    Reserved now = new Reserved(1, 3, 600);
    for (String range : List.of("5m", "1h", "6h", "24h", "30d")) {
      TeamStats stats = platform.metrics.team(ann, range);
      assertEquals(now, stats.current());
      assertEquals(now, stats.peaks());
      assertFalse(stats.series().isEmpty(), range);
      assertTrue(stats.series().stream().allMatch(bucket -> bucket.greatest().equals(now)), range);
    }
    List<Instant> buckets = platform.metrics.team(ann, "5m").series().stream().map(b -> b.at()).toList();
    assertTrue(buckets.stream().allMatch(bucket -> bucket.getEpochSecond() % 3 == 0) && buckets.size() >= 3, buckets.toString());
    refused(Code.INVALID_REQUEST, () -> platform.metrics.team(ann, "10m"));
    LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
    List<UsageDay> days = platform.metrics.usage(ann, day.minusDays(1), day.plusDays(1));
    double minutes = days.stream().mapToDouble(UsageDay::cpuMinutes).sum();
    // At least the 30 s between these samples; the first one stands for a minute at most.
    assertTrue(minutes >= 3 * 30 / 60.0 && minutes <= 3 * 100 / 60.0, minutes + " minutes");
    assertEquals(minutes * 200, days.stream().mapToDouble(UsageDay::memoryMbMinutes).sum(), 1e-6);
    assertEquals(List.of(), platform.metrics.usage(idle, day, day));
    refused(Code.INVALID_REQUEST, () -> platform.metrics.usage(ann, day, day.minusDays(1)));
    refused(Code.INVALID_REQUEST, () -> platform.metrics.usage(ann, day.minusDays(93), day));
    platform.metrics.usage(ann, day.minusDays(92), day);
  }

  @Test
  void goesOnWithZerosForATeamThatHadCapsules() throws Exception {
    platform.sampler.stop();
    String id = make();
    platform.capsules.destroy(ann, id);
    Instant at = Instant.now().plusSeconds(100);
    assertTrue(platform.sampler.sample(at));
    assertEquals(List.of(new Reserved(0, 0, 0)), platform.metrics.team(ann, "1h").series().stream().map(b -> b.greatest()).distinct().toList());
  }
}
