package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes every ten seconds what teams have in use. All control planes on a database try, at the same full ten seconds, and the store lets
 * one of them: so nothing counts twice, and when one of them dies there is no gap.
 */
@Component(service = Sampler.class, immediate = true)
public final class Sampler {
  private static final Logger LOG = LoggerFactory.getLogger(Sampler.class);
  static final int PERIOD_SECONDS = 10;
  /** What a sample may stand for: a platform that was down did not see what ran meanwhile. */
  private static final int MOST_SECONDS = 6 * PERIOD_SECONDS;
  private static final Duration RECENT = Duration.ofDays(30);
  private static final Duration LOOK_AGAIN = Duration.ofHours(1);

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-samples").factory(),
      new ThreadPoolExecutor.DiscardPolicy());
  private final Trouble trouble = new Trouble(LOG);
  private final Ledger ledger;
  /** Teams that have made a capsule in this life of the process, beside those that the store told of. */
  private final Set<UUID> active = ConcurrentHashMap.newKeySet();
  private final AutoCloseable subscription;
  private Set<UUID> recent = Set.of();
  private Instant recentAt = Instant.MIN;

  @Activate
  public Sampler(@Reference Ledger ledger) {
    this.ledger = ledger;
    subscription = ledger.listen(row -> active.add(row.team()));
    next();
  }

  @Deactivate
  void stop() throws Exception {
    subscription.close();
    timer.shutdown();
  }

  /** At the next full ten seconds of the clock, which may have been set since. */
  private void next() {
    long period = PERIOD_SECONDS * 1000L;
    long now = System.currentTimeMillis();
    timer.schedule(this::tick, period - now % period, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      if (ledger.open()) {
        sample(Instant.now());
        trouble.over();
      }
    } catch (PlatformException e) {
      trouble.tell("Samples of what teams have in use are missing", e);
    } catch (RuntimeException e) {
      LOG.error("A sample of what teams have in use is missing by a defect", e);
    } finally {
      next();
    }
  }

  /** @return whether this process took it */
  boolean sample(Instant now) throws PlatformException {
    if (recentAt.isBefore(now.minus(LOOK_AGAIN))) {
      recent = ledger.call(s -> s.capsules().teamsSince(now.minus(RECENT)));
      recentAt = now;
      active.clear();
    }
    Set<UUID> idle = new HashSet<>(recent);
    idle.addAll(active);
    long at = now.getEpochSecond() - now.getEpochSecond() % PERIOD_SECONDS;
    return ledger.call(s -> s.use().sample(at, idle, MOST_SECONDS));
  }
}
