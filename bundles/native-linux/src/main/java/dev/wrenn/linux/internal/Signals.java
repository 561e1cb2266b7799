package dev.wrenn.linux.internal;

import dev.wrenn.linux.ProcessId;
import java.io.IOException;
import java.util.Optional;

/** Sends signals that can't hit a stranger who got a recycled pid. */
public final class Signals {
  private Signals() {}

  /** @return whether the process was there to get it */
  public static boolean send(ProcessId process, int signal) throws IOException {
    Optional<Pidfd> there = Pidfd.open(process);
    if (there.isEmpty()) {
      return false;
    }
    try (Pidfd pidfd = there.get()) {
      return pidfd.signal(signal);
    }
  }
}
