package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
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
 * Ends capsules whose end has come. The store knows when; one timer sleeps until the next end, and looks from time to time for what another
 * control plane has set.
 */
@Component(service = Lifetimes.class, immediate = true)
public final class Lifetimes {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetimes.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);
  private static final int BATCH = 100;
  private static final Capsule.Reason OVER = new Capsule.Reason("running", "lifetime ended");

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-lifetimes").factory(),
      new ThreadPoolExecutor.DiscardPolicy());
  private final Set<UUID> ending = ConcurrentHashMap.newKeySet();
  private final Trouble trouble = new Trouble(LOG);
  private final Ledger ledger;
  private final Destruction destruction;
  private final AutoCloseable subscription;
  private ScheduledFuture<?> next;
  private Instant nextAt = Instant.MAX;

  @Activate
  public Lifetimes(@Reference Ledger ledger, @Reference Hosts hosts) {
    this.ledger = ledger;
    destruction = new Destruction(ledger, hosts);
    timer.setRemoveOnCancelPolicy(true);
    subscription = ledger.listen(row -> row.endAt().filter(end -> !row.status().ended()).ifPresent(this::wakeAt));
    wakeAt(Instant.now());
  }

  @Deactivate
  void stop() throws Exception {
    subscription.close();
    // What has begun goes on to its end; what is left is the next one's to find.
    timer.shutdownNow();
  }

  /** A capsule that runs and whose end has passed. */
  static boolean over(CapsuleRecord row, Instant now) {
    return (row.status() == CapsuleStatus.RUNNING || row.status() == CapsuleStatus.MISSING) && row.endAt().filter(end -> !end.isAfter(now)).isPresent();
  }

  /** When its host can't end it now, the intent is kept and the host does it as soon as it can. @throws PlatformException of the store */
  void end(CapsuleRecord row) throws PlatformException {
    try {
      destruction.end(row, r -> over(r, Instant.now()), Optional.of(OVER));
    } catch (PlatformException e) {
      if (e.code() != PlatformException.Code.HOST_UNAVAILABLE && e.code() != PlatformException.Code.AGENT_ERROR) {
        throw e;
      }
      LOG.warn("{}", e.getMessage());
    }
  }

  private synchronized void wakeAt(Instant at) {
    if (at.isBefore(nextAt) && !timer.isShutdown()) {
      if (next != null) {
        next.cancel(false);
      }
      nextAt = at;
      next = timer.schedule(this::look, Math.max(0, Duration.between(Instant.now(), at).toMillis() + 1), TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    synchronized (this) {
      nextAt = Instant.MAX;
    }
    Duration pause = LOOK_AGAIN;
    try {
      if (ledger.open()) {
        List<CapsuleRecord> due = ledger.call(s -> s.capsules().due(Instant.now(), BATCH));
        due.forEach(this::endBeside);
        if (due.isEmpty()) {
          ledger.call(s -> s.capsules().nextEnd()).ifPresent(this::wakeAt);
        } else {
          pause = AFTER_TROUBLE;
        }
        trouble.over();
      }
    } catch (PlatformException e) {
      trouble.tell("Which capsules are to be ended now is not known and will be asked again", e);
      pause = AFTER_TROUBLE;
    } catch (RuntimeException e) {
      LOG.error("Looking for capsules whose end has come failed by a defect and will be done again", e);
    }
    wakeAt(Instant.now().plus(pause));
  }

  /** Each in a thread of its own: a host that takes long holds up no other. */
  private void endBeside(CapsuleRecord row) {
    if (ending.add(row.id())) {
      Thread.ofVirtual().name("lifetime").start(() -> {
        try {
          end(row);
        } catch (PlatformException e) {
          LOG.warn("{}", e.getMessage());
        } catch (RuntimeException e) {
          LOG.error("Ending capsule {} failed by a defect and will be tried again", WireId.CAPSULE.format(row.id()), e);
        } finally {
          ending.remove(row.id());
        }
      });
    }
  }
}
