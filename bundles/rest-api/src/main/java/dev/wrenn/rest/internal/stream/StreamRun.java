package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import dev.wrenn.rest.internal.ErrorMapper;
import dev.wrenn.rest.internal.Wire;
import java.io.IOException;
import java.util.Optional;

/**
 * A stream about a process. One virtual thread pulls the process and sends; another one hands the client's messages to it. A client that
 * leaves leaves the process alone.
 */
final class StreamRun extends Conversation {
  private final Script script;
  private volatile ProcessStream stream;
  private volatile Running running;

  private record Running(Processes processes, long pid) {}

  StreamRun(StreamContext context, Handshake handshake, Peer peer, Script script) {
    super(context, handshake, peer);
    this.script = script;
  }

  @Override
  boolean tellsPings() {
    return script.terminal() && running != null;
  }

  @Override
  boolean tellsFatal() {
    return script.terminal();
  }

  /** A message that kills overtakes the others: they may wait for a process that reads nothing. */
  @Override
  void receive(String text) {
    JsonNode message = Wire.message(text);
    Running now = running;
    if (now != null && script.kills(message)) {
      Thread.startVirtualThread(() -> named(() -> kill(now)));
      return;
    }
    keep(message, text.length());
  }

  /** Keys for a terminal. */
  @Override
  void receive(byte[] bytes) {
    if (script.terminal()) {
      keep(PtyScript.keys(bytes), bytes.length);
    }
  }

  @Override
  void release() {
    ProcessStream now = stream;
    if (now != null) {
      now.close();
    }
  }

  @Override
  void serve(Caller caller) throws PlatformException, GuestException, IOException, InterruptedException {
    Processes processes = context().platform().capsules().processes(caller, handshake().capsule());
    Optional<ProcessStream> opened = script.open(processes, inbox());
    if (opened.isPresent()) {
      try (ProcessStream events = opened.get()) {
        stream = events;
        if (!left()) {
          follow(processes, events);
        }
      }
    }
  }

  private void follow(Processes processes, ProcessStream events) throws GuestException, IOException {
    for (Optional<ProcessEvent> event = events.next(); event.isPresent() && !left(); event = events.next()) {
      switch (event.get()) {
        case Started started -> {
          script.started(started.pid());
          running = new Running(processes, started.pid());
          Thread.startVirtualThread(() -> named(this::control));
        }
        case Output output -> script.output(output);
        case Ended ended -> {
          script.ended(ended);
          return;
        }
      }
    }
    if (!left()) {
      throw new GuestException(GuestException.Code.UNAVAILABLE, "the stream from " + handshake().capsule() + " ended before the process");
    }
  }

  private void control() {
    Running now = running;
    try {
      for (Optional<JsonNode> message = inbox().take(); message.isPresent(); message = inbox().take()) {
        if (script.kills(message.get())) {
          kill(now);
        } else {
          handle(message.get(), now);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(JsonNode message, Running now) {
    try {
      script.handle(message, now.processes(), now.pid());
    } catch (GuestException e) {
      refused(e);
    }
  }

  private void kill(Running now) {
    try {
      now.processes().signal(new ProcessSelector.Pid(now.pid()), Processes.Signal.KILL);
    } catch (GuestException e) {
      refused(e);
    }
  }

  /** A process that has ended meanwhile is no error: its exit is on the way. */
  private void refused(GuestException e) {
    if (e.code() != GuestException.Code.NOT_FOUND && !left()) {
      tell(ErrorMapper.failure(e), false);
    }
  }
}
