package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells other control planes on the same database that this one is alive, from a thread that does nothing else. */
final class Heartbeat implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final Duration LEASE = Duration.ofSeconds(60);

  private final Ledger ledger;
  private final ScheduledExecutorService thread = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-lease").factory(),
      new ThreadPoolExecutor.DiscardPolicy());

  Heartbeat(Ledger ledger) {
    this.ledger = ledger;
    thread.scheduleWithFixedDelay(this::beat, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A store has come: before the first work is done on it. */
  void soon() {
    thread.execute(this::beat);
  }

  @Override
  public void close() {
    thread.shutdown();
    if (!ledger.open()) {
      return;
    }
    try {
      ledger.call(s -> {
        s.leases().release(ledger.self());
        return null;
      });
    } catch (PlatformException e) {
      LOG.debug("The lease was not given back and will end by itself: {}", e.getMessage());
    }
  }

  private void beat() {
    if (!ledger.open()) {
      return;
    }
    try {
      ledger.call(s -> {
        // With a database of its own nobody asks.
        if (!s.exclusive()) {
          s.leases().hold(ledger.self(), Instant.now().plus(LEASE));
        }
        return null;
      });
    } catch (PlatformException | RuntimeException e) {
      LOG.warn("The lease of this control plane could not be prolonged: {}", e.getMessage());
    }
  }
}
