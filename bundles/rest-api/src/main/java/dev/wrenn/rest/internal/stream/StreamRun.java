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
import dev.wrenn.rest.internal.Failure;
import dev.wrenn.rest.internal.RequestId;
import dev.wrenn.rest.internal.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One stream from its opening to its end: who is it, which capsule, then the process. One virtual thread pulls the process and sends;
 * another one hands the client's messages to it.
 */
final class StreamRun implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamRun.class);

  private final StreamContext context;
  private final Handshake handshake;
  private final Peer peer;
  private final Script script;
  private final Inbox inbox = new Inbox();
  private volatile ProcessStream stream;
  private volatile Running running;
  private volatile boolean left;

  private record Running(Processes processes, long pid) {}

  StreamRun(StreamContext context, Handshake handshake, Peer peer, Script script) {
    this.context = context;
    this.handshake = handshake;
    this.peer = peer;
    this.script = script;
  }

  @Override
  public void run() {
    MDC.put(RequestId.KEY, handshake.requestId());
    Future<?> pings = context.timers().every(Duration.ofSeconds(context.config().streamPingSeconds()),
        () -> peer.ping(script.terminal() && running != null));
    try {
      serve();
    } catch (IOException e) {
      LOG.debug("stream to {}: the client is gone: {}", handshake.capsule(), e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (PlatformException | GuestException | RuntimeException e) {
      if (!left) {
        tell(ErrorMapper.failure(e), true);
      }
    } finally {
      pings.cancel(false);
      left();
      peer.close();
      MDC.remove(RequestId.KEY);
    }
  }

  /** Takes a message from the client. Waits while too much is unread. */
  void receive(String text) {
    JsonNode message = Wire.message(text);
    Running now = running;
    if (now != null && script.kills(message)) {
      Thread.startVirtualThread(() -> kill(now));
      return;
    }
    keep(message, text.length());
  }

  /** Takes bare bytes from the client: keys for a terminal, nothing elsewhere. */
  void receive(byte[] bytes) {
    if (script.terminal()) {
      keep(PtyScript.keys(bytes), bytes.length);
    }
  }

  private void keep(JsonNode message, int size) {
    try {
      inbox.put(message, size);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The client left: the process goes on without a listener. Idempotent. */
  void left() {
    left = true;
    inbox.close();
    ProcessStream now = stream;
    if (now != null) {
      now.close();
    }
  }

  private void serve() throws PlatformException, GuestException, IOException, InterruptedException {
    Optional<Caller> caller = caller();
    if (caller.isEmpty()) {
      return;
    }
    Processes processes = context.platform().capsules().processes(caller.get(), handshake.capsule());
    Optional<ProcessStream> opened = script.open(processes, inbox);
    if (opened.isPresent()) {
      try (ProcessStream events = opened.get()) {
        stream = events;
        follow(processes, events);
      }
    }
  }

  private Optional<Caller> caller() throws PlatformException, InterruptedException {
    try {
      return Optional.of(context.guard().any(handshake.apiKey(), handshake.authorization()));
    } catch (PlatformException e) {
      if (e.code() == PlatformException.Code.UNAUTHORIZED) {
        return authenticate();
      }
      throw e;
    }
  }

  /** The handshake had no credentials or wrong ones: then the first message decides. */
  private Optional<Caller> authenticate() throws PlatformException, InterruptedException {
    Duration within = Duration.ofMillis(context.config().streamAuthMillis());
    Optional<JsonNode> first = inbox.take(within);
    if (first.isEmpty() && left) {
      return Optional.empty();
    }
    JsonNode message = first.orElseThrow(() -> new PlatformException(PlatformException.Code.UNAUTHORIZED,
        "no credentials within " + within.toMillis() + " ms: send X-API-Key in the handshake or {\"type\":\"auth\",\"token\":…} first"));
    if (!message.path("type").asText().equals("auth") || message.path("token").asText().isEmpty()) {
      throw new PlatformException(PlatformException.Code.UNAUTHORIZED,
          "the handshake had no valid credentials, so the first message must be {\"type\":\"auth\",\"token\":…}");
    }
    return Optional.of(context.guard().secret(message.path("token").asText()));
  }

  private void follow(Processes processes, ProcessStream events) throws GuestException, IOException {
    for (Optional<ProcessEvent> event = events.next(); event.isPresent() && !left; event = events.next()) {
      switch (event.get()) {
        case Started started -> {
          script.started(started.pid());
          running = new Running(processes, started.pid());
          Thread.startVirtualThread(this::control);
        }
        case Output output -> script.output(output);
        case Ended ended -> {
          script.ended(ended);
          return;
        }
      }
    }
    if (!left) {
      throw new GuestException(GuestException.Code.UNAVAILABLE, "the stream from " + handshake.capsule() + " ended before the process");
    }
  }

  private void control() {
    MDC.put(RequestId.KEY, handshake.requestId());
    Running now = running;
    try {
      for (Optional<JsonNode> message = inbox.take(); message.isPresent(); message = inbox.take()) {
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
    if (e.code() != GuestException.Code.NOT_FOUND && !left) {
      tell(ErrorMapper.failure(e), false);
    }
  }

  private void tell(Failure failure, boolean fatal) {
    try {
      peer.fail(failure, fatal && script.terminal());
    } catch (IOException | IllegalStateException e) {
      LOG.debug("stream to {}: the client left before it was told: {}", handshake.capsule(), failure.message());
    }
  }
}
