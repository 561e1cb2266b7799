package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessStream;

/** The first event of a process. It is there as soon as the process is, so it is read before anything can interrupt. */
final class Starts {

  static long pid(ProcessStream stream) throws GuestException {
    if (stream.next().orElse(null) instanceof Started started) {
      return started.pid();
    }
    throw new GuestException(GuestException.Code.AGENT, "The agent did not say that the process has started: look for it with capsule:exec ID ps -ef");
  }

  static GuestException outOfOrder(Started again) {
    return new GuestException(GuestException.Code.AGENT, "The agent said twice that process " + again.pid() + " has started.");
  }

  private Starts() {}
}
