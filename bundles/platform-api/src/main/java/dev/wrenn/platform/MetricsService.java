package dev.wrenn.platform;

import dev.wrenn.metrics.MetricPoint;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** What capsules and teams use. Thread-safe. */
@ProviderType
public interface MetricsService {
  /**
   * Points of one capsule, oldest first. For one that is paused, what was kept when it was paused.
   *
   * @param range {@code 5m 10m 1h 2h 6h 12h 24h}
   * @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} (also when it neither runs nor is paused), {@code HOST_UNAVAILABLE}
   */
  List<MetricPoint> capsule(Caller caller, String id, String range) throws PlatformException;

  /** The newest point of each running capsule of the team, by id. */
  Map<String, MetricPoint> latest(Caller caller) throws PlatformException;

  /** @param range {@code 5m 1h 6h 24h 30d} @throws PlatformException {@code INVALID_REQUEST} */
  TeamStats team(Caller caller, String range) throws PlatformException;

  /** Days in UTC, both included, at most 92. @throws PlatformException {@code INVALID_REQUEST} */
  List<UsageDay> usage(Caller caller, LocalDate from, LocalDate to) throws PlatformException;

  /** @param memoryMb a running capsule's memory; half of it, rounded up, for each paused one */
  record Reserved(int running, int vcpus, long memoryMb) {}

  /** @param peaks the greatest of the last 30 days @param series the greatest of each bucket that has samples */
  record TeamStats(String range, Reserved current, Reserved peaks, List<Bucket> series) {}

  /** @param at its beginning */
  record Bucket(Instant at, Reserved greatest) {}

  record UsageDay(LocalDate day, double cpuMinutes, double memoryMbMinutes) {}
}
