package dev.wrenn.shell.internal;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Capsules that can go on. */
@Service
public final class PausedCapsuleCompleter extends CapsuleCompleter {
  public PausedCapsuleCompleter() {
    super(false);
  }

  @Override
  boolean fits(Capsule capsule) {
    return capsule.status() == CapsuleStatus.PAUSED;
  }
}
