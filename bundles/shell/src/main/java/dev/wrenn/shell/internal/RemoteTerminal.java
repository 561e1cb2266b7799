package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.io.IOException;
import java.util.Optional;

/** A program on a terminal in a capsule, shown on a screen here until it ends or is left. */
final class RemoteTerminal {
  private final Processes processes;
  private final Screen screen;

  RemoteTerminal(Processes processes, Screen screen) {
    this.processes = processes;
    this.screen = screen;
  }

  /**
   * How it went.
   *
   * @param end empty when it was left and runs on
   */
  record Visit(long pid, Optional<Ended> end) {}

  /** The screen is as it was before when this returns or throws. A program that nobody sits at any more is hung up. */
  Visit start(ProcessSpec spec) throws GuestException, IOException, InterruptedException {
    return sit(processes.start(spec), false);
  }

  /** The same with a program that runs already; its last output comes again. */
  Visit attach(ProcessSelector process) throws GuestException, IOException, InterruptedException {
    return sit(processes.connect(process, true), true);
  }

  private Visit sit(ProcessStream stream, boolean otherSize) throws GuestException, IOException, InterruptedException {
    try (stream) {
      long pid = Starts.pid(stream);
      Keyboard keyboard = new Keyboard(processes, pid, screen, stream::close);
      if (otherSize) {
        keyboard.resized();
      }
      boolean over = false;
      try (EventPump events = new EventPump(stream); Screen.Mode raw = screen.raw(keyboard::resized); keyboard) {
        keyboard.begin();
        Optional<Ended> end = show(events, keyboard);
        over = true;
        return new Visit(pid, end);
      } finally {
        if (!over) {
          keyboard.hangUp();
        }
      }
    }
  }

  private Optional<Ended> show(EventPump events, Keyboard keyboard) throws GuestException, IOException, InterruptedException {
    Optional<ProcessEvent> event = events.next();
    while (event.isPresent()) {
      switch (event.get()) {
        case Started again -> throw Starts.outOfOrder(again);
        case Output output -> screen.show(output.data());
        case Ended ended -> {
          return Optional.of(ended);
        }
      }
      event = events.next();
    }
    if (keyboard.detached()) {
      return Optional.empty();
    }
    throw keyboard.failure().orElseGet(() ->
        new GuestException(GuestException.Code.UNAVAILABLE, "Nobody is at this terminal any more; the shell in the capsule was hung up."));
  }
}
