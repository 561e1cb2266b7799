package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import java.util.Locale;

/** The way of a call into a capsule: it counts as use, and ends here when there is nobody to call. */
final class Reach {
  private Reach() {}

  static GuestClient of(CapsuleLife life) throws GuestException {
    life.activity().mark();
    if (life.state() != State.RUNNING) {
      throw new GuestException(Code.UNAVAILABLE, ended(life));
    }
    return life.agent().orElseThrow(() -> new GuestException(Code.UNAVAILABLE,
        "The agent of " + life.id().capsule() + " is not known yet: ask again"));
  }

  /** Why a capsule that was in use is no longer. */
  static String ended(CapsuleLife life) {
    return "Capsule " + life.id().capsule() + " is " + life.state().name().toLowerCase(Locale.ROOT) + life.failure().map(failure -> ": " + failure.reason()).orElse("");
  }
}
