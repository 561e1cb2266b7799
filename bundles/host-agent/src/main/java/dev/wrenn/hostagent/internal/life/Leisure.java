package dev.wrenn.hostagent.internal.life;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;

/** Whether it is the time for work that nobody waits for. For one thread at a time. */
final class Leisure {
  /** Programs that want to run, for each processor. */
  private static final double BUSY = 1.5;
  private static final Duration QUIET = Duration.ofMillis(500);

  private final HostContext host;
  private Instant since = Instant.MAX;

  Leisure(HostContext host) {
    this.host = host;
  }

  /** There is something to be done: nobody waits for a capsule, and the machine has time; or it has had none for too long. */
  boolean now() {
    Instant now = Instant.now();
    since = now.isBefore(since) ? now : since;
    boolean nobodyWaits = host.boots().availablePermits() == host.settings().parallelBoots() && host.warm().demand().last().plus(QUIET).isBefore(now);
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    boolean idle = load < BUSY * Runtime.getRuntime().availableProcessors();
    return nobodyWaits && idle || Duration.between(since, now).compareTo(host.settings().warm().patience()) >= 0;
  }

  /** Nothing is to be done. */
  void nothing() {
    since = Instant.MAX;
  }
}
