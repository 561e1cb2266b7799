package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forgets each hour what is kept for a time only, so that no table grows for ever. Several may do it at once. */
@Component(service = Housekeeping.class, immediate = true, configurationPid = "dev.wrenn.control-plane")
public final class Housekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration PERIOD = Duration.ofHours(1);
  private static final Duration NAMES_KEPT = Duration.ofDays(1);
  private static final Duration HOURS_KEPT = Duration.ofDays(60);
  private static final Duration SAMPLES_LEAST = Duration.ofHours(25);
  /** Small enough to hold nobody up. */
  private static final int BATCH = 200;

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-housekeeping").factory(),
      new ThreadPoolExecutor.DiscardPolicy());
  private final Ledger ledger;
  private final Duration ended;
  private final Duration samples;

  @Activate
  public Housekeeping(ControlPlaneConfig config, @Reference Ledger ledger) {
    this.ledger = ledger;
    ended = Duration.ofDays(config.ended_days());
    Duration asked = Duration.ofDays(config.sample_days());
    samples = asked.compareTo(SAMPLES_LEAST) < 0 ? SAMPLES_LEAST : asked;
    timer.scheduleWithFixedDelay(this::tick, PERIOD.toSeconds(), PERIOD.toSeconds(), TimeUnit.SECONDS);
  }

  @Deactivate
  void stop() {
    timer.shutdown();
  }

  private void tick() {
    try {
      if (ledger.open()) {
        sweep(Instant.now());
      }
    } catch (PlatformException e) {
      LOG.warn("Forgetting what is old was cut short and goes on in an hour: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Forgetting what is old failed by a defect and is tried again in an hour", e);
    }
  }

  /** @return how many capsules were forgotten */
  int sweep(Instant now) throws PlatformException {
    ledger.call(s -> s.idempotencyKeys().purge(now.minus(NAMES_KEPT)));
    ledger.call(s -> s.use().purge(now.minus(samples).getEpochSecond(), now.minus(HOURS_KEPT).getEpochSecond()));
    int all = 0;
    for (int batch = BATCH; !ended.isZero() && batch == BATCH && !timer.isShutdown(); all += batch) {
      batch = ledger.call(s -> s.capsules().retire(now.minus(ended), BATCH));
    }
    if (all > 0) {
      ledger.forget();
      LOG.info("Forgot {} capsules that ended more than {} days ago", all, ended.toDays());
    }
    return all;
  }
}
