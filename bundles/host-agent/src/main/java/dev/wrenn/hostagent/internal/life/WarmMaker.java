package dev.wrenn.hostagent.internal.life;

import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.snapshot.Snapshots;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps guests booted for the sizes that are wanted. Looks again and again, and makes one at a time, when nobody waits for a capsule. A
 * failure is told and tried again with growing pauses: until then capsules boot.
 */
public final class WarmMaker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmMaker.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  /** Programs that want to run, for each processor. */
  private static final double BUSY = 1.5;

  private final HostContext host;
  private final WarmShelf shelf;
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile boolean closed;
  // Of one look at a time.
  private boolean begun;
  private Optional<Set<String>> known = Optional.empty();
  private Instant missingSince = Instant.MAX;
  private Instant notBefore = Instant.MIN;
  private Duration pause = FIRST_PAUSE;

  public WarmMaker(HostContext host, Capsules capsules) {
    this.host = host;
    shelf = new WarmShelf(host, capsules);
  }

  public void start(ScheduledExecutorService timer) {
    long check = host.settings().idleCheck().toMillis();
    timer.scheduleWithFixedDelay(this::look, check, check, TimeUnit.MILLISECONDS);
  }

  /** Makes no more; one that is being made is ended. */
  @Override
  public void close() {
    closed = true;
    shelf.endOwn();
  }

  private void look() {
    Optional<Snapshots> snapshots = host.snapshots().now();
    if (closed || snapshots.isEmpty() || Instant.now().isBefore(notBefore) || !looking.compareAndSet(false, true)) {
      return;
    }
    Thread.ofVirtual().name("warm").start(() -> {
      try {
        attend(snapshots.get());
      } catch (Exception e) {
        failed(e);
      } finally {
        looking.set(false);
      }
    });
  }

  private void attend(Snapshots snapshots) throws Exception {
    if (!begun) {
      shelf.endOwn();
      begun = true;
    }
    if (host.warm().on() && !host.drivers().probed()) {
      return;
    }
    Map<String, Size> wanted = shelf.wanted();
    if (!Optional.of(wanted.keySet()).equals(known) || host.warm().doubts()) {
      host.warm().keepOnly(wanted.keySet());
      shelf.tidy(snapshots, wanted);
      known = Optional.of(Set.copyOf(wanted.keySet()));
    }
    Optional<Map.Entry<String, Size>> missing = wanted.entrySet().stream().filter(one -> !host.warm().has(one.getKey())).findFirst();
    if (missing.isEmpty()) {
      missingSince = Instant.MAX;
    } else if (calm()) {
      shelf.make(snapshots, missing.get().getKey(), missing.get().getValue());
      host.warm().trouble("");
      pause = FIRST_PAUSE;
    }
  }

  /** Nobody waits for a capsule, and the machine has time; or it has had none for too long. */
  private boolean calm() {
    Instant now = Instant.now();
    missingSince = now.isBefore(missingSince) ? now : missingSince;
    boolean nobodyWaits = host.boots().availablePermits() == host.settings().parallelBoots();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    boolean idle = load < BUSY * Runtime.getRuntime().availableProcessors();
    return nobodyWaits && idle || Duration.between(missingSince, now).compareTo(host.settings().warm().patience()) >= 0;
  }

  private void failed(Exception why) {
    if (closed) {
      return;
    }
    host.warm().trouble("No guest can be kept booted, so capsules boot: " + why.getMessage() + "; tried again every " + pause.toSeconds() + " s");
    LOG.warn("No guest can be kept booted, so capsules boot; tried again after {} s", pause.toSeconds(), why);
    known = Optional.empty();
    notBefore = Instant.now().plus(pause);
    pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
  }
}
