package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ActivityTest {
  private static final Duration LONG = Duration.ofHours(1);
  private final Activity activity = Activity.since(Instant.now().minus(LONG));

  @Test
  void computingOnceIsChanceAndTwiceIsUse() {
    activity.burned(true);
    activity.burned(false);
    activity.burned(true);
    assertTrue(idle());
    activity.burned(true);
    assertFalse(idle());
  }

  @Test
  void aLongCallCountsUntilTheLastHasEnded() {
    activity.began();
    activity.began();
    activity.ended();
    assertTrue(activity.called());
    activity.ended();
    assertFalse(activity.called());
    assertFalse(idle());
  }

  @Test
  void aProcessCountsUntilTheLookThatMissesIt() {
    assertFalse(activity.found(false));
    assertTrue(idle());
    assertTrue(activity.found(true));
    assertTrue(activity.found(false), "it ran until just now");
    assertFalse(activity.found(false));
  }

  private boolean idle() {
    return activity.idle().compareTo(LONG) >= 0;
  }
}
