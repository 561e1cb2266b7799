package dev.wrenn.hostagent.internal.life;

import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which sizes are asked for, and so are worth a guest that is kept booted. What was asked for counts half as much after each hour. Thread-safe. */
final class WarmDemand {
  /** With the third time within minutes it is worth it; below {@link #SELDOM} it no longer is. */
  private static final double OFTEN = 2.5;
  private static final double SELDOM = 1;
  private static final Duration HALF = Duration.ofHours(1);
  private static final int MOST_SIZES = 64;

  private final HostSettings.Warm settings;
  private final Map<Size, Count> counts = new HashMap<>();
  private Instant last = Instant.MIN;

  /** @param open how many more were to reach the outside than were not */
  private record Count(double value, Instant at, boolean kept, double open) {
    double now(Instant now) {
      return value * left(now);
    }

    double left(Instant now) {
      return Math.pow(0.5, (double) Duration.between(at, now).toMillis() / HALF.toMillis());
    }
  }

  WarmDemand(HostSettings.Warm settings) {
    this.settings = settings;
  }

  synchronized void asked(Size size, boolean egress, Instant now) {
    Count former = counts.get(size);
    double value = (former == null ? 0 : former.now(now)) + 1;
    counts.put(size, new Count(value, now, value >= OFTEN || former != null && former.kept(),
        (former == null ? 0 : former.open() * former.left(now)) + (egress ? 1 : -1)));
    last = now;
    if (counts.size() > MOST_SIZES) {
      counts.keySet().stream().min(Comparator.comparingDouble(one -> counts.get(one).now(now))).ifPresent(counts::remove);
    }
  }

  /** One that is there from before is kept as if it had just become worth it. */
  synchronized void there(Size size, Instant now) {
    counts.putIfAbsent(size, new Count(OFTEN, now, true, 0));
  }

  /** When a capsule was last asked for. */
  synchronized Instant last() {
    return last;
  }

  /** Whether most capsules of that size are to reach the outside. */
  synchronized boolean egress(Size size) {
    return Optional.ofNullable(counts.get(size)).map(count -> count.open() >= 0).orElse(true);
  }

  /** What is asked for most; when nothing is, what is always kept. */
  synchronized Optional<Size> most(Instant now) {
    return wanted(now).stream().max(Comparator.comparingDouble(size -> Optional.ofNullable(counts.get(size)).map(count -> count.now(now)).orElse(0.0)));
  }

  /** First those that are always kept, then those that are asked for most. */
  synchronized List<Size> wanted(Instant now) {
    if (!settings.on()) {
      return List.of();
    }
    List<Size> wanted = new ArrayList<>(settings.sizes());
    counts.entrySet().removeIf(one -> one.getValue().now(now) < SELDOM / 2);
    counts.entrySet().stream().filter(one -> one.getValue().kept() && one.getValue().now(now) >= SELDOM && !settings.sizes().contains(one.getKey()))
        .sorted(Comparator.comparingDouble((Map.Entry<Size, Count> one) -> -one.getValue().now(now))).map(Map.Entry::getKey).forEach(wanted::add);
    return List.copyOf(wanted.subList(0, Math.min(wanted.size(), Math.max(settings.most(), settings.sizes().size()))));
  }
}
