package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
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

/** One WebSocket from its opening to its end: who is it, then what the kind of stream is about. Runs on a virtual thread of its own. */
abstract class Conversation implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

  private final StreamContext context;
  private final Handshake handshake;
  private final Peer peer;
  private final Inbox inbox = new Inbox();
  private volatile boolean left;

  Conversation(StreamContext context, Handshake handshake, Peer peer) {
    this.context = context;
    this.handshake = handshake;
    this.peer = peer;
  }

  /** What it is about; when this returns the stream is closed in good order. */
  abstract void serve(Caller caller) throws PlatformException, GuestException, IOException, InterruptedException;

  /** Ends whatever {@link #serve} waits for. Any thread, any number of times. */
  abstract void release();

  /** Whether pings are messages, too. */
  abstract boolean tellsPings();

  /** Whether errors say if they are fatal. */
  abstract boolean tellsFatal();

  final StreamContext context() {
    return context;
  }

  final Handshake handshake() {
    return handshake;
  }

  final Peer peer() {
    return peer;
  }

  final Inbox inbox() {
    return inbox;
  }

  /** Whether the client is gone. */
  final boolean left() {
    return left;
  }

  @Override
  public final void run() {
    named(() -> {
      context.traffic().streamOpened();
      Future<?> pings = context.timers().every(Duration.ofSeconds(context.config().streamPingSeconds()), () -> peer.ping(tellsPings()));
      try {
        Optional<Caller> caller = caller();
        if (caller.isPresent()) {
          serve(caller.get());
        }
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
        leave();
        peer.close();
        context.traffic().streamClosed();
      }
    });
  }

  /** Runs it with the stream's name in every line of the log. */
  final void named(Runnable task) {
    MDC.put(RequestId.KEY, handshake.requestId());
    try {
      task.run();
    } finally {
      MDC.remove(RequestId.KEY);
    }
  }

  /** Takes a message from the client. Waits while too much is unread. */
  void receive(String text) {
    keep(Wire.message(text), text.length());
  }

  /** Takes bare bytes from the client: nothing, unless the kind of stream knows better. */
  void receive(byte[] bytes) {}

  final void keep(JsonNode message, int size) {
    try {
      inbox.put(message, size);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The client left. Idempotent. */
  final void leave() {
    left = true;
    inbox.close();
    release();
  }

  /** Does nothing when the client is gone. */
  final void tell(Failure failure, boolean fatal) {
    if (left) {
      return;
    }
    try {
      peer.fail(failure, fatal && tellsFatal());
    } catch (IOException | IllegalStateException e) {
      LOG.debug("stream to {}: the client left before it was told: {}", handshake.capsule(), failure.message());
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
}
