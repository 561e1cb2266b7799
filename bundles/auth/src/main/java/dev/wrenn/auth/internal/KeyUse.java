package dev.wrenn.auth.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notes when keys were used, beside the requests and many at once. What is noted last may be lost in a crash: it is for people only. */
@Component(service = KeyUse.class)
public final class KeyUse {
  private static final Logger LOG = LoggerFactory.getLogger(KeyUse.class);
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private final Map<UUID, Instant> waiting = new ConcurrentHashMap<>();
  private final Accounts accounts;
  private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("wrenn-key-use").factory());

  @Activate
  public KeyUse(@Reference Accounts accounts) {
    this.accounts = accounts;
    writer.scheduleWithFixedDelay(this::write, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Deactivate
  void stop() {
    writer.shutdown();
    write();
  }

  void now(UUID key) {
    waiting.put(key, Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  private void write() {
    Map<UUID, Instant> batch = new HashMap<>();
    waiting.forEach((key, when) -> {
      if (waiting.remove(key, when)) {
        batch.put(key, when);
      }
    });
    if (batch.isEmpty()) {
      return;
    }
    try {
      accounts.call(s -> {
        s.apiKeys().used(batch);
        return null;
      });
    } catch (PlatformException e) {
      LOG.warn("The last use of {} API keys was not noted: {}", batch.size(), e.getMessage());
    }
  }
}
