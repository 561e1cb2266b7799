package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.Processes;
import java.util.Optional;
import org.apache.karaf.shell.support.CommandException;

/** One command in a capsule, from its start to its end. When its output is no longer wanted, it gets a signal. */
final class Execution {
  private final Processes processes;
  private final ProcessSpec spec;
  private long pid;

  Execution(Processes processes, ProcessSpec spec) {
    this.processes = processes;
    this.spec = spec;
  }

  /** Starts it and copies what it writes, byte by byte the same, until it has ended. */
  Ended copyTo(Outlet outlet) throws GuestException, CommandException, InterruptedException {
    try (EventPump events = new EventPump(processes.start(spec))) {
      Optional<ProcessEvent> event = events.next();
      while (event.isPresent()) {
        switch (event.get()) {
          case Started started -> pid = started.pid();
          case Output output -> copy(output, outlet);
          case Ended ended -> {
            return ended;
          }
        }
        event = events.next();
      }
      throw new GuestException(GuestException.Code.UNAVAILABLE, "The output of " + spec.command() + " (process " + pid + ") ended before the process.");
    } catch (InterruptedException e) {
      signal(Processes.Signal.INT);
      throw e;
    }
  }

  private void copy(Output output, Outlet outlet) throws GuestException, CommandException {
    if (!outlet.write(output.channel(), output.data())) {
      signal(Processes.Signal.HUP);
      throw Failure.of("Nobody reads the output of " + spec.command() + " any more; process " + pid + " was sent SIGHUP.");
    }
  }

  private void signal(Processes.Signal signal) throws GuestException {
    if (pid != 0) {
      processes.signal(new ProcessSelector.Pid(pid), signal);
    }
  }
}
