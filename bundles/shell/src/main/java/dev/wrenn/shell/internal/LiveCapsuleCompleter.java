package dev.wrenn.shell.internal;

import dev.wrenn.platform.Capsule;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Capsules that have not ended. */
@Service
public final class LiveCapsuleCompleter extends CapsuleCompleter {
  public LiveCapsuleCompleter() {
    super(false);
  }

  @Override
  boolean fits(Capsule capsule) {
    return true;
  }
}
