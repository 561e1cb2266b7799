package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
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

  /** Starts it and copies what it writes, until it has ended. */
  Ended copyTo(Outlet outlet) throws GuestException, CommandException, InterruptedException {
    ProcessStream stream = processes.start(spec);
    try (stream) {
      pid = Starts.pid(stream);
      return copy(stream, outlet);
    }
  }

  private Ended copy(ProcessStream stream, Outlet outlet) throws GuestException, CommandException, InterruptedException {
    try (EventPump events = new EventPump(stream)) {
      Optional<ProcessEvent> event = events.next();
      while (event.isPresent()) {
        switch (event.get()) {
          case Started again -> throw Starts.outOfOrder(again);
          case Output output -> show(output, outlet);
          case Ended ended -> {
            return ended;
          }
        }
        event = events.next();
      }
      throw new GuestException(GuestException.Code.UNAVAILABLE, "The output of " + spec.command() + " (process " + pid + ") ended before the process.");
    } catch (InterruptedException e) {
      processes.signal(new ProcessSelector.Pid(pid), Processes.Signal.INT);
      throw e;
    }
  }

  private void show(Output output, Outlet outlet) throws GuestException, CommandException {
    if (!outlet.write(output.channel(), output.data())) {
      processes.signal(new ProcessSelector.Pid(pid), Processes.Signal.HUP);
      throw Failure.of("Nobody reads the output of " + spec.command() + " any more; process " + pid + " was sent SIGHUP.");
    }
  }
}
