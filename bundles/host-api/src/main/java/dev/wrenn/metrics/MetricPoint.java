package dev.wrenn.metrics;

import java.time.Instant;
import java.util.OptionalLong;

/**
 * What a capsule used around one moment. Absent is unknown, not zero.
 *
 * @param cpuPercent of all of its vCPUs together, 0 to 100
 * @param memoryBytes used in the guest, without caches
 * @param memoryHostBytes that the capsule's processes hold on the host
 * @param diskBytes used in the guest's file system
 * @param rxBytes that came into the capsule since it was made
 * @param txBytes that left it since it was made
 */
public record MetricPoint(
    Instant at, double cpuPercent, OptionalLong memoryBytes, OptionalLong memoryTotalBytes, OptionalLong memoryHostBytes,
    OptionalLong diskBytes, OptionalLong diskTotalBytes, OptionalLong rxBytes, OptionalLong txBytes) {
  /** How dense: a point each second for 10 minutes, each 30 s for 2 hours, each 5 minutes for 24 hours. */
  public enum Tier { SECONDS, HALF_MINUTES, FIVE_MINUTES }
}
