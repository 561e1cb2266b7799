package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.TeamUse;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What capsules and teams use, from the hosts and from the samples in the store. */
@Component(service = MetricsService.class)
public final class MetricsUseCases implements MetricsService {
  private static final int DAYS = 92;
  private static final Duration PEAKS = Duration.ofDays(30);
  private static final int HOUR = 3600;
  private static final int CAPSULES = 10_000;

  /** How far back, and how dense. */
  private enum Span {
    MINUTES_5("5m", 5, Tier.SECONDS), MINUTES_10("10m", 10, Tier.SECONDS), HOURS_1("1h", 60, Tier.HALF_MINUTES), HOURS_2("2h", 120, Tier.HALF_MINUTES),
    HOURS_6("6h", 360, Tier.FIVE_MINUTES), HOURS_12("12h", 720, Tier.FIVE_MINUTES), HOURS_24("24h", 1440, Tier.FIVE_MINUTES);

    private final String wire;
    private final Duration back;
    private final Tier tier;

    Span(String wire, int minutes, Tier tier) {
      this.wire = wire;
      this.back = Duration.ofMinutes(minutes);
      this.tier = tier;
    }
  }

  /** How far back, and the seconds of a bucket. */
  private enum TeamSpan {
    MINUTES_5("5m", Duration.ofMinutes(5), 3), HOURS_1("1h", Duration.ofHours(1), 30), HOURS_6("6h", Duration.ofHours(6), 180),
    HOURS_24("24h", Duration.ofHours(24), 720), DAYS_30("30d", Duration.ofDays(30), 21_600);

    private final String wire;
    private final Duration back;
    private final int width;

    TeamSpan(String wire, Duration back, int width) {
      this.wire = wire;
      this.back = back;
      this.width = width;
    }
  }

  private final Ledger ledger;
  private final Hosts hosts;
  private final PausedMetrics paused;

  @Activate
  public MetricsUseCases(@Reference Ledger ledger, @Reference Hosts hosts) {
    this.ledger = ledger;
    this.hosts = hosts;
    paused = new PausedMetrics(ledger);
  }

  @Override
  public List<MetricPoint> capsule(Caller caller, String id, String range) throws PlatformException {
    Span span = List.of(Span.values()).stream().filter(s -> s.wire.equals(range)).findFirst().orElseThrow(
        () -> unknown("5m, 10m, 1h, 2h, 6h, 12h or 24h"));
    CapsuleRecord row = ledger.need(caller, id);
    Instant since = Instant.now().minus(span.back);
    List<MetricPoint> points = switch (row.status()) {
      case RUNNING, PAUSING -> running(id, row, span.tier);
      case PAUSED, RESUMING -> paused.find(row, span.tier);
      default -> throw new PlatformException(Code.NOT_FOUND, "Capsule " + id + " is " + row.status().wire()
          + "; there are metrics of running and paused capsules only.");
    };
    return points.stream().filter(point -> !point.at().isBefore(since)).toList();
  }

  private List<MetricPoint> running(String id, CapsuleRecord row, Tier tier) throws PlatformException {
    try {
      return hosts.need(row.host().orElseThrow(() -> new HostException(HostException.Code.NOT_FOUND, "host", "it is on no host"))).metrics(id, tier);
    } catch (HostException e) {
      throw e.code() == HostException.Code.NOT_FOUND || e.code() == HostException.Code.WRONG_STATE
          ? new PlatformException(Code.NOT_FOUND, "Capsule " + id + " has no metrics: " + e.getMessage(), e) : Errors.use(id, e);
    }
  }

  @Override
  public Map<String, MetricPoint> latest(Caller caller) throws PlatformException {
    UUID team = Rows.team(caller);
    Set<String> own = ledger.call(s -> s.capsules().ofTeam(team, false, Optional.empty(), CAPSULES)).stream().map(row -> WireId.CAPSULE.format(row.id()))
        .collect(Collectors.toSet());
    Map<String, MetricPoint> points = new HashMap<>();
    for (Map.Entry<String, HostAgent> host : hosts.all()) {
      host.getValue().latestMetrics().forEach((id, point) -> {
        if (own.contains(id)) {
          points.put(id, point);
        }
      });
    }
    return points;
  }

  @Override
  public TeamStats team(Caller caller, String range) throws PlatformException {
    TeamSpan span = List.of(TeamSpan.values()).stream().filter(s -> s.wire.equals(range)).findFirst().orElseThrow(() -> unknown("5m, 1h, 6h, 24h or 30d"));
    UUID team = Rows.team(caller);
    Instant now = Instant.now();
    long since = now.minus(span.back).getEpochSecond();
    return ledger.call(s -> new TeamStats(range, reserved(s.use().now(team)), reserved(s.use().peaks(team, now.minus(PEAKS).getEpochSecond())),
        (span.width < HOUR ? s.use().buckets(team, since, span.width) : s.use().hours(team, since, span.width)).stream()
            .map(bucket -> new Bucket(Instant.ofEpochSecond(bucket.at()), reserved(bucket.greatest()))).toList()));
  }

  private static Reserved reserved(TeamUse.Use use) {
    return new Reserved(use.running(), use.vcpus(), use.memoryMb());
  }

  @Override
  public List<UsageDay> usage(Caller caller, LocalDate from, LocalDate to) throws PlatformException {
    if (from.isAfter(to) || ChronoUnit.DAYS.between(from, to) > DAYS) {
      throw new PlatformException(Code.INVALID_REQUEST, "from must not be after to, and they must be at most " + DAYS + " days apart.");
    }
    return ledger.call(s -> s.use().days(Rows.team(caller), from, to)).stream()
        .map(day -> new UsageDay(day.day(), day.cpuSeconds() / 60.0, day.memoryMbSeconds() / 60.0)).toList();
  }

  private static PlatformException unknown(String ranges) {
    return new PlatformException(Code.INVALID_REQUEST, "range must be one of " + ranges + ".");
  }
}
