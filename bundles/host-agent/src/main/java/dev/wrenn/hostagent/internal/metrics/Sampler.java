package dev.wrenn.hostagent.internal.metrics;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.life.CapsuleLife;
import dev.wrenn.hostagent.internal.life.Capsules;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.Network.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all running capsules each second on one virtual thread, and asks their agents more seldom. What fails for one capsule is left out for
 * that moment and stops nothing.
 */
public final class Sampler {
  private static final Logger LOG = LoggerFactory.getLogger(Sampler.class);
  private static final Duration GUEST_ANSWERS = Duration.ofSeconds(2);
  /** What a paused capsule used is known so long, for whoever keeps it. */
  private static final Duration PAUSED_KEPT = Duration.ofMinutes(10);

  private final HostSettings.Sampling settings;
  private final Capsules capsules;
  private final Map<CapsuleLife, Series> all = new ConcurrentHashMap<>();
  private final AtomicBoolean looking = new AtomicBoolean();
  private final AtomicBoolean asking = new AtomicBoolean();

  public Sampler(HostSettings.Sampling settings, Capsules capsules) {
    this.settings = settings;
    this.capsules = capsules;
  }

  public void start(ScheduledExecutorService timer) {
    every(timer, settings.look(), "metrics", looking, this::look);
    every(timer, settings.ask(), "metrics-guests", asking, this::ask);
  }

  /** Oldest first. */
  public List<MetricPoint> points(CapsuleLife life, Tier tier) {
    Series series = all.get(life);
    return series == null ? List.of() : series.points(tier);
  }

  /** The newest of every running capsule. */
  public Map<String, MetricPoint> latest() {
    Map<String, MetricPoint> latest = new HashMap<>();
    all.forEach((life, series) -> {
      if (life.state() == State.RUNNING) {
        series.latest().ifPresent(point -> latest.put(life.id().capsule(), point));
      }
    });
    return latest;
  }

  /** A look that takes longer than its turn skips the next ones. */
  private static void every(ScheduledExecutorService timer, Duration period, String name, AtomicBoolean busy, Runnable work) {
    timer.scheduleAtFixedRate(() -> {
      if (busy.compareAndSet(false, true)) {
        Thread.ofVirtual().name(name).start(() -> {
          try {
            work.run();
          } finally {
            busy.set(false);
          }
        });
      }
    }, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    for (CapsuleLife life : capsules.all()) {
      try {
        if (life.state() == State.RUNNING) {
          look(life);
        }
      } catch (DriverException | RuntimeException | LinkageError e) {
        // A driver that is being replaced, or a machine that ends just now.
        LOG.debug("The use of capsule {} could not be read", life.id(), e);
      }
    }
    Instant lately = Instant.now().minus(PAUSED_KEPT);
    all.entrySet().removeIf(entry -> gone(entry.getKey()) || entry.getKey().state() != State.RUNNING
        && entry.getValue().latest().filter(point -> point.at().isAfter(lately)).isEmpty());
  }

  private boolean gone(CapsuleLife life) {
    return life.record().over() || capsules.find(life.id().capsule()).orElse(null) != life;
  }

  private void look(CapsuleLife life) throws DriverException {
    Optional<MicroVm> vm = life.parts().vm.object();
    if (vm.isEmpty()) {
      return;
    }
    Optional<Network> network = life.parts().network.object();
    Optional<Traffic> traffic = network.isPresent() ? network.get().traffic() : Optional.empty();
    MicroVm.VmStats stats = vm.get().stats();
    series(life).add(Instant.now(), System.nanoTime(), stats, traffic).ifPresent(percent -> life.burned(percent, settings.busyPercent()));
  }

  private void ask() {
    Semaphore atOnce = new Semaphore(settings.parallel());
    try {
      for (CapsuleLife life : capsules.all()) {
        Optional<GuestClient> agent = life.state() == State.RUNNING ? life.agent() : Optional.empty();
        if (agent.isPresent()) {
          atOnce.acquire();
          Thread.ofVirtual().name("metrics-" + life.id()).start(() -> {
            try {
              ask(life, agent.get());
            } finally {
              atOnce.release();
            }
          });
        }
      }
      atOnce.acquire(settings.parallel());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(CapsuleLife life, GuestClient agent) {
    try {
      series(life).guest(agent.metrics(Deadline.after(GUEST_ANSWERS)), System.nanoTime());
    } catch (GuestException | RuntimeException e) {
      LOG.debug("The agent of {} did not tell its use", life.id(), e);
    }
  }

  private Series series(CapsuleLife life) {
    return all.computeIfAbsent(life, key -> new Series(life.record().order().vcpus()));
  }
}
