package dev.wrenn.hostagent.internal.metrics;

import dev.wrenn.guest.GuestMetrics;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.spi.hypervisor.MicroVm.VmStats;
import dev.wrenn.spi.network.Network.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What is remembered of one capsule's use: below 40 KiB, whatever its age. Thread-safe. */
final class Series {
  static final int SECONDS = 600;
  static final int HALF_MINUTES = 240;
  static final int FIVE_MINUTES = 288;
  private static final int HALF_MINUTE = 30;
  private static final int FIVE_MINUTE = 300;
  /** What a guest said of itself is taken to hold for so long. */
  private static final Duration GUEST_HOLDS = Duration.ofSeconds(15);

  private final int vcpus;
  private final Ring seconds = new Ring(SECONDS);
  private final Ring halfMinutes = new Ring(HALF_MINUTES);
  private final Ring fiveMinutes = new Ring(FIVE_MINUTES);
  private final Mean halfMinute = new Mean(HALF_MINUTE);
  private final Mean fiveMinute = new Mean(FIVE_MINUTE);
  private GuestMetrics guest;
  private long guestAtNanos;
  private long cpuNanos = -1;
  private long cpuAtNanos;
  private Sample latest;

  Series(int vcpus) {
    this.vcpus = vcpus;
  }

  /** What the guest says of itself. */
  synchronized void guest(GuestMetrics told, long nowNanos) {
    guest = told;
    guestAtNanos = nowNanos;
  }

  /**
   * What the host sees of it.
   *
   * @param nowNanos when that was read, on the clock that never jumps
   * @return percent of all its virtual processors since the look before, when there was one
   */
  synchronized Optional<Double> add(Instant at, long nowNanos, VmStats vm, Optional<Traffic> traffic) {
    Optional<Double> percent = percent(vm.cpuNanos(), nowNanos);
    if (percent.isPresent()) {
      boolean holds = guest != null && nowNanos - guestAtNanos < GUEST_HOLDS.toNanos();
      latest = new Sample(at.getEpochSecond(), percent.get(), holds ? guest.memoryUsed() : Sample.UNKNOWN, vm.residentBytes(),
          holds ? guest.diskUsed() : Sample.UNKNOWN, traffic.map(Traffic::receivedBytes).orElse(Sample.UNKNOWN),
          traffic.map(Traffic::sentBytes).orElse(Sample.UNKNOWN));
      seconds.add(latest);
      halfMinute.add(latest).ifPresent(halfMinutes::add);
      fiveMinute.add(latest).ifPresent(fiveMinutes::add);
    }
    return percent;
  }

  /** Oldest first. */
  synchronized List<MetricPoint> points(Tier tier) {
    Ring ring = switch (tier) {
      case SECONDS -> seconds;
      case HALF_MINUTES -> halfMinutes;
      case FIVE_MINUTES -> fiveMinutes;
    };
    List<MetricPoint> points = new ArrayList<>(ring.size());
    ring.forEach(sample -> points.add(point(sample)));
    return points;
  }

  synchronized Optional<MetricPoint> latest() {
    return Optional.ofNullable(latest).map(this::point);
  }

  private Optional<Double> percent(long nanos, long nowNanos) {
    long before = cpuNanos;
    long elapsed = nowNanos - cpuAtNanos;
    if (nanos < 0) {
      return Optional.empty();
    }
    cpuNanos = nanos;
    cpuAtNanos = nowNanos;
    return before < 0 || nanos < before || elapsed <= 0 ? Optional.empty()
        : Optional.of(Math.clamp((nanos - before) * 100.0 / ((double) elapsed * vcpus), 0, 100));
  }

  /** The sizes of memory and disk are the capsule's own and hardly change: they are not kept for each moment. */
  private MetricPoint point(Sample sample) {
    return new MetricPoint(Instant.ofEpochSecond(sample.epochSecond()), sample.cpuPercent(), known(sample.memory()),
        guest == null ? OptionalLong.empty() : known(guest.memoryTotal()), known(sample.hostMemory()), known(sample.disk()),
        guest == null ? OptionalLong.empty() : known(guest.diskTotal()), known(sample.received()), known(sample.sent()));
  }

  private static OptionalLong known(long value) {
    return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
