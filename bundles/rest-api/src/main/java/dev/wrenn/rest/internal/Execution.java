package dev.wrenn.rest.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs commands whose whole output goes into one answer. Thread-safe; blocks. */
final class Execution {
  private static final Logger LOG = LoggerFactory.getLogger(Execution.class);
  /** The agent ends a command at its limit; this long after it the platform does it. */
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final int NOT_FOUND = 127;

  private final Timers timers;
  private final int maxOutputBytes;

  Execution(Timers timers, int maxOutputBytes) {
    this.timers = timers;
    this.maxOutputBytes = maxOutputBytes;
  }

  /** Runs a command to its end or its time limit. */
  Views.ExecResult run(Processes processes, String capsule, ExecOrder order) throws GuestException {
    long begin = System.nanoTime();
    Captured captured = new Captured(maxOutputBytes);
    ProcessStream stream;
    try {
      stream = processes.start(order.spec());
    } catch (GuestException e) {
      if (e.code() != GuestException.Code.NOT_FOUND) {
        throw e;
      }
      captured.stderr(Commands.missing(order.spec().command()));
      return captured.result(capsule, order.spec().command(), NOT_FOUND, false, begin);
    }
    try (stream) {
      return follow(processes, stream, capsule, order, captured, begin);
    }
  }

  private Views.ExecResult follow(
      Processes processes, ProcessStream stream, String capsule, ExecOrder order, Captured captured, long begin) throws GuestException {
    AtomicBoolean overdue = new AtomicBoolean();
    Future<?> deadline = timers.after(order.timeLimit().plus(GRACE), () -> {
      overdue.set(true);
      stream.close();
    });
    long pid = 0;
    try {
      for (Optional<ProcessEvent> event = stream.next(); event.isPresent(); event = stream.next()) {
        switch (event.get()) {
          case Started started -> pid = started.pid();
          case Output output -> captured.add(output);
          case Ended ended -> {
            boolean timedOut = ended.error().filter(error -> error.contains("deadline")).isPresent();
            return captured.result(capsule, order.spec().command(), timedOut ? -1 : ended.exitCode(), timedOut, begin);
          }
        }
      }
    } finally {
      deadline.cancel(false);
    }
    if (!overdue.get()) {
      throw new GuestException(GuestException.Code.UNAVAILABLE, "the stream of pid " + pid + " in " + capsule + " ended before the process");
    }
    LOG.warn("{}: the agent did not end pid {} at its limit of {}; killing it", capsule, pid, order.timeLimit());
    kill(processes, capsule, pid);
    return captured.result(capsule, order.spec().command(), -1, true, begin);
  }

  private static void kill(Processes processes, String capsule, long pid) {
    try {
      processes.signal(new ProcessSelector.Pid(pid), Processes.Signal.KILL);
    } catch (GuestException e) {
      LOG.warn("{}: pid {} could not be killed after its time limit", capsule, pid, e);
    }
  }

  /** Starts a command that goes on by itself. */
  Views.Background start(Processes processes, String capsule, ExecOrder order) throws GuestException {
    String command = order.spec().command();
    try (ProcessStream stream = start(processes, order)) {
      Future<?> deadline = timers.after(START_LIMIT, stream::close);
      try {
        if (stream.next().orElse(null) instanceof Started started) {
          return new Views.Background(capsule, command, started.pid(), order.spec().tag().orElse(null));
        }
        throw new GuestException(GuestException.Code.TIMEOUT, "the start of " + command + " in " + capsule + " was not confirmed");
      } finally {
        deadline.cancel(false);
      }
    }
  }

  /** The capsule is there: that the program isn't is a fault of the request. */
  private static ProcessStream start(Processes processes, ExecOrder order) throws GuestException {
    try {
      return processes.start(order.spec());
    } catch (GuestException e) {
      if (e.code() == GuestException.Code.NOT_FOUND) {
        throw new GuestException(GuestException.Code.INVALID,
            "the program \"" + order.spec().command() + "\" was not found in the capsule; give a path or a name in its PATH", e);
      }
      throw e;
    }
  }
}
