package dev.wrenn.shell.internal;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Capsules in which code can run. */
@Service
public final class RunningCapsuleCompleter extends CapsuleCompleter {
  public RunningCapsuleCompleter() {
    super(false);
  }

  @Override
  boolean fits(Capsule capsule) {
    return capsule.status() == CapsuleStatus.RUNNING;
  }
}
