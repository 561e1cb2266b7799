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

  /** Before any work is done for a sign-in. */
  synchronized void enter(String email) throws PlatformException {
    long now = clock.millis();
    all = all.plus(now, ALL_WINDOW_MILLIS);
    Window window = failures.get(email);
    boolean tired = window != null && now - window.startMillis < EMAIL_WINDOW_MILLIS && window.count >= perEmail;
    if (tired || all.count > perMinute) {
      throw new PlatformException(PlatformException.Code.RATE_LIMITED, "Too many sign-ins were tried; wait some minutes and try again.");
    }
  }

  synchronized void failed(String email) {
    failures.merge(email, new Window(clock.millis(), 1), (old, fresh) -> old.plus(clock.millis(), EMAIL_WINDOW_MILLIS));
  }

  synchronized void succeeded(String email) {
    failures.remove(email);
  }
}
