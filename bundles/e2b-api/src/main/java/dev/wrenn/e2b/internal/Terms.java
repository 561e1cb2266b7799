package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How long sandboxes may live, for clients to whom a timeout is a moment and not idleness. Thread-safe. */
final class Terms {
  /** Shown as the end of a capsule that has none; clients want a moment. */
  private static final Duration ENDLESS = Duration.ofDays(3650);

  private final PlatformServices platform;

  Terms(PlatformServices platform) {
    this.platform = platform;
  }

  /** @throws PlatformException {@code INVALID_REQUEST} for more than the team may ask for */
  Duration within(Caller caller, int seconds) throws PlatformException {
    int most = platform.limits().limits(caller, caller.teamId()).timeoutSec();
    if (seconds > most) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "timeout cannot be greater than " + most / 3600 + " hours ("
          + most + " seconds) for this team");
    }
    return Duration.ofSeconds(Math.max(0, seconds));
  }

  /** The same for a new sandbox, which can't have none. */
  Duration ofNew(Caller caller, Integer seconds, int usual) throws PlatformException {
    int wanted = seconds == null ? usual : seconds;
    if (wanted <= 0) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "timeout must be greater than 0 seconds");
    }
    return within(caller, wanted);
  }

  static Instant shown(Instant started, Optional<Instant> end) {
    return end.orElseGet(() -> started.plus(ENDLESS));
  }
}
