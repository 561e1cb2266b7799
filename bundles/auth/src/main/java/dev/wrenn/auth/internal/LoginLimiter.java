package dev.wrenn.auth.internal;

import dev.wrenn.platform.PlatformException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/** Slows down those who guess. Counts in memory, in a bounded table; a restart forgives. Thread-safe. */
final class LoginLimiter {
  private static final int TABLE = 10_000;
  private static final long EMAIL_WINDOW_MILLIS = 300_000;
  private static final long ALL_WINDOW_MILLIS = 60_000;
  private final int perEmail;
  private final int perMinute;
  private final Clock clock;
  private final Map<String, Window> failures = new LinkedHashMap<>(64, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
      return size() > TABLE;
    }
  };
  private Window all = new Window(0, 0);

  private record Window(long startMillis, int count) {
    Window plus(long now, long length) {
      return now - startMillis >= length ? new Window(now, 1) : new Window(startMillis, count + 1);
    }
  }

  LoginLimiter(AuthConfig config, Clock clock) {
    this.perEmail = config.failures_per_email();
    this.perMinute = config.logins_per_minute();
    this.clock = clock;
  }

  /** Before any work is done for a sign-in. It counts as a wrong one until it has {@link #succeeded}, so that many at once are many. */
  synchronized void enter(String email) throws PlatformException {
    long now = clock.millis();
    Window tried = failures.getOrDefault(email, new Window(now, 0)).plus(now, EMAIL_WINDOW_MILLIS);
    // Who hammers at one account uses up only that one.
    if (tried.count > perEmail) {
      throw tooMany();
    }
    all = all.plus(now, ALL_WINDOW_MILLIS);
    if (all.count > perMinute) {
      throw tooMany();
    }
    failures.put(email, tried);
  }

  synchronized void succeeded(String email) {
    failures.remove(email);
  }

  private static PlatformException tooMany() {
    return new PlatformException(PlatformException.Code.RATE_LIMITED, "Too many sign-ins were tried; wait some minutes and try again.");
  }
}
