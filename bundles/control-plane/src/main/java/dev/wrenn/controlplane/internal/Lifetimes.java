package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
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
 * Ends or pauses capsules whose end has come, as they ask for. The store knows when; one timer sleeps until the next end, and looks from time to time for what another
 * control plane has set.
 */
@Component(service = Lifetimes.class, immediate = true)
public final class Lifetimes {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetimes.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);
  /** A pause that fails costs the capsule a moment in which it stands still. */
  private static final Duration NEXT_PAUSE = Duration.ofSeconds(15);
  private static final int BATCH = 100;
  private static final Capsule.Reason OVER = new Capsule.Reason("running", "lifetime ended");

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-lifetimes").factory(),
      new ThreadPoolExecutor.DiscardPolicy());
  private final Set<UUID> ending = ConcurrentHashMap.newKeySet();
  private final Trouble trouble = new Trouble(LOG);
  private final Ledger ledger;
  private final Destruction destruction;
  private final Pauses pauses;
  private final AutoCloseable subscription;
  private ScheduledFuture<?> next;
  private Instant nextAt = Instant.MAX;

  @Activate
  public Lifetimes(@Reference Ledger ledger, @Reference Hosts hosts, @Reference Pauses pauses) {
    this.ledger = ledger;
    this.pauses = pauses;
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

  /**
   * Does what the capsule's options say. When its host can't end it now, the intent is kept and the host does it as soon as it can; when its host
   * can't pause it now, it runs on and that is tried again.
   *
   * @return whether it is done, or on its way
   * @throws PlatformException of the store
   */
  boolean end(CapsuleRecord row) throws PlatformException {
    return row.spec().options().onEnd() == Then.PAUSE ? pause(row) : destroy(row, OVER);
  }

  private boolean destroy(CapsuleRecord row, Capsule.Reason why) throws PlatformException {
    try {
      destruction.end(row, r -> over(r, Instant.now()), Optional.of(why));
    } catch (PlatformException e) {
      if (e.code() != Code.HOST_UNAVAILABLE && e.code() != Code.AGENT_ERROR) {
        throw e;
      }
      LOG.warn("{}", e.getMessage());
    }
    return true;
  }

  /** One that can't be saved at all is ended; one whose pause failed has more to lose, and runs on. */
  private boolean pause(CapsuleRecord row) throws PlatformException {
    if (row.status() != CapsuleStatus.RUNNING) {
      return false;
    }
    try {
      return pauses.pause(row, r -> over(r, Instant.now())).status() != CapsuleStatus.RUNNING;
    } catch (PlatformException e) {
      return switch (e.code()) {
        case CONFLICT -> destroy(row, new Capsule.Reason("running", "lifetime ended, and it can't be paused: " + e.getMessage()));
        case INVALID_STATE -> true;
        case HOST_UNAVAILABLE, AGENT_ERROR, NO_HOSTS_AVAILABLE -> {
          LOG.warn("The time of capsule {} is over, but it could not be paused; it is tried again: {}", WireId.CAPSULE.format(row.id()), e.getMessage());
          yield false;
        }
        default -> throw e;
      };
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
        due.forEach(this::beginEnd);
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
  private void beginEnd(CapsuleRecord row) {
    if (ending.add(row.id())) {
      Thread.ofVirtual().name("lifetime").start(() -> {
        boolean done = true;
        try {
          done = end(row);
        } catch (PlatformException e) {
          LOG.warn("{}", e.getMessage());
        } catch (RuntimeException e) {
          LOG.error("Ending capsule {} failed by a defect and will be tried again", WireId.CAPSULE.format(row.id()), e);
        } finally {
          if (done) {
            ending.remove(row.id());
          } else {
            timer.schedule(() -> ending.remove(row.id()), NEXT_PAUSE.toSeconds(), TimeUnit.SECONDS);
          }
        }
      });
    }
  }
}
