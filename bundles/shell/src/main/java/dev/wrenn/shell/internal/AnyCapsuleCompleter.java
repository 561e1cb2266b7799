package dev.wrenn.shell.internal;

import dev.wrenn.platform.Capsule;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** All capsules, those that ended too. */
@Service
public final class AnyCapsuleCompleter extends CapsuleCompleter {
  public AnyCapsuleCompleter() {
    super(true);
  }

  @Override
  boolean fits(Capsule capsule) {
    return true;
  }
}
