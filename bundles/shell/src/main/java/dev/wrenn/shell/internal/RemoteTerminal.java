package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.io.IOException;
import java.util.Optional;

/** A program on a terminal in a capsule, shown on a screen here until it ends. */
final class RemoteTerminal {
  private final Processes processes;
  private final Screen screen;

  RemoteTerminal(Processes processes, Screen screen) {
    this.processes = processes;
    this.screen = screen;
  }

  /** The screen is as it was before when this returns or throws. A program that nobody sits at any more is hung up. */
  Ended run(ProcessSpec spec) throws GuestException, IOException, InterruptedException {
    ProcessStream stream = processes.start(spec);
    try (stream) {
      Keyboard keyboard = new Keyboard(processes, Starts.pid(stream), screen, stream::close);
      boolean over = false;
      try (EventPump events = new EventPump(stream); Screen.Mode raw = screen.raw(keyboard::resized); keyboard) {
        keyboard.begin();
        Ended end = show(events, keyboard);
        over = true;
        return end;
      } finally {
        if (!over) {
          keyboard.hangUp();
        }
      }
    }
  }

  private Ended show(EventPump events, Keyboard keyboard) throws GuestException, IOException, InterruptedException {
    Optional<ProcessEvent> event = events.next();
    while (event.isPresent()) {
      switch (event.get()) {
        case Started again -> throw Starts.outOfOrder(again);
        case Output output -> screen.show(output.data());
        case Ended ended -> {
          return ended;
        }
      }
      event = events.next();
    }
    throw keyboard.failure().orElseGet(() ->
        new GuestException(GuestException.Code.UNAVAILABLE, "Nobody is at this terminal any more; the shell in the capsule was hung up."));
  }
}
