package dev.wrenn.platform;

import java.util.Locale;

/** Where a capsule is in its life. */
public enum CapsuleStatus {
  PENDING, STARTING, RUNNING, PAUSING, PAUSED, RESUMING, STOPPING, STOPPED, MISSING, ERROR;

  /** The word on the public API. Old clients know fewer states: a state that they don't know is shown as the nearest one. */
  public String wire() {
    return switch (this) {
      case PAUSING -> "paused";
      case RESUMING -> "starting";
      case STOPPING -> "stopped";
      default -> name().toLowerCase(Locale.ROOT);
    };
  }

  public boolean ended() {
    return this == STOPPED || this == ERROR;
  }
}
