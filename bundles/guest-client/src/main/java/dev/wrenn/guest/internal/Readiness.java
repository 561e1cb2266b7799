package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.guest.GuestInit;
import dev.wrenn.guest.GuestReady;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Waits for an agent by offering its configuration until it takes it.
 *
 * <p>A packet to a guest that isn't up yet is lost, and is sent again only after a second; so each try has a connection of its own and a
 * time-out of a tenth of the time that has passed: a quick guest is seen at once and a slow one still gets time to answer.
 */
final class Readiness {
  private static final long SHORTEST_TRY_MILLIS = 20;
  private static final long LONGEST_TRY_MILLIS = 2_000;
  /** A guest that goes on has its network at once, so no packet is lost; under emulation its first answer takes a while. */
  private static final long RESTORED_TRY_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 20;
  /** Whoever takes the connection is there, and needs this for its configuration under emulation: to break it off would begin it anew. */
  private static final Duration ANSWER = Duration.ofMillis(300);
  private static final Duration RESTORED_ANSWER = Duration.ofSeconds(5);
  private static final int SEED_BYTES = 32;
  private static final int ANSWER_BYTES = 1 << 20;

  private final Agent agent;
  private final GuestInit init;
  private final Supplier<String> token;
  private final SecureRandom random = new SecureRandom();
  private final long began = System.nanoTime();
  private int tries;
  private long sequence;

  /** @param token that the agent knows until it is configured */
  Readiness(Agent agent, GuestInit init, Supplier<String> token) {
    this.agent = agent;
    this.init = init;
    this.token = token;
    this.sequence = init.sequence();
  }

  GuestReady await(Deadline within, CompletionStage<?> ended) throws GuestException {
    CompletableFuture<String> end = ended.handle((value, failure) -> failure == null ? String.valueOf(value) : failure.toString())
        .toCompletableFuture();
    IOException last = null;
    while (!within.expired()) {
      tries++;
      try {
        Duration patience = patience();
        Duration answer = init.added() ? RESTORED_ANSWER : ANSWER;
        return attempt(within.limitedTo(patience), within.limitedTo(patience.compareTo(answer) > 0 ? patience : answer));
      } catch (IOException e) {
        last = e;
      }
      pause(within, end);
    }
    throw new GuestException(Code.TIMEOUT, "The agent of " + agent.name() + " did not answer after " + elapsedMillis() + " ms and "
        + tries + " tries" + (last == null ? "" : " (last: " + last.getMessage() + ")"), last);
  }

  private GuestReady attempt(Deadline connect, Deadline within) throws IOException, GuestException {
    Request request = Request.post("/init", message());
    try (Exchange exchange = agent.openFresh(request, token.get(), connect, within)) {
      int status = exchange.response().status;
      byte[] answer = exchange.response().bytes(ANSWER_BYTES);
      if (status / 100 == 2) {
        exchange.release();
        return ready(exchange.response(), answer);
      }
      if (status == 503) {
        throw new IOException("the agent is not ready yet");
      }
      throw Failures.of(status, answer);
    }
  }

  private GuestReady ready(Response response, byte[] answer) throws IOException {
    JsonNode told = answer.length == 0 ? ProcessJson.JSON.createObjectNode() : ProcessJson.JSON.readTree(answer);
    if (!told.path("applied").asBoolean(true)) {
      // A clock that was put back must not leave a guest with the time and the name that it was saved with, and its processes standing still.
      sequence = Math.max(sequence, told.path("sequence").asLong(sequence)) + 1;
      throw new IOException("the agent holds a later configuration");
    }
    return new GuestReady(version(response, told), tries);
  }

  private byte[] message() {
    byte[] seed = new byte[SEED_BYTES];
    random.nextBytes(seed);
    ObjectNode message = ProcessJson.JSON.createObjectNode();
    message.put("accessToken", agent.token());
    message.put("sequence", sequence);
    message.put("hostname", init.hostname());
    message.put("machineId", init.machineId());
    init.userToken().ifPresent(token -> message.put("userToken", token));
    message.put("defaultUser", init.defaultUser());
    init.defaultWorkdir().ifPresent(directory -> message.put("defaultWorkdir", directory));
    init.env().forEach(message.putObject("envVars")::put);
    message.put("envAdded", init.added());
    message.put("entropySeed", seed);
    message.put("timestamp", Instant.now().truncatedTo(ChronoUnit.NANOS).toString());
    return ProcessJson.bytes(message);
  }

  private static Optional<String> version(Response response, JsonNode told) {
    return told.isEmpty() ? Optional.of(response.header("x-envd-version")).filter(version -> !version.isEmpty())
        : Optional.ofNullable(told.get("version")).filter(JsonNode::isTextual).map(node -> Texts.clean(node.asText(), 60));
  }

  private Duration patience() {
    return Duration.ofMillis(Math.clamp(elapsedMillis() / 10, init.added() ? RESTORED_TRY_MILLIS : SHORTEST_TRY_MILLIS, LONGEST_TRY_MILLIS));
  }

  /** A short wait after a refusal, which a microVM that ends, ends. */
  private void pause(Deadline within, CompletableFuture<String> end) throws GuestException {
    if (agent.closed()) {
      throw new GuestException(Code.UNAVAILABLE, "Capsule " + agent.name() + " is gone: waiting for its agent was broken off");
    }
    long millis = Math.min(Math.clamp(elapsedMillis() / 20, 1, LONGEST_PAUSE_MILLIS), Math.max(1, within.remaining().toMillis()));
    try {
      String reason = end.get(millis, TimeUnit.MILLISECONDS);
      throw new GuestException(Code.UNAVAILABLE, "Capsule " + agent.name() + " ended before its agent answered: " + reason);
    } catch (TimeoutException e) {
      // The usual case: it runs, so ask again.
    } catch (ExecutionException | CompletionException e) {
      throw new IllegalStateException("the end of " + agent.name() + " can't fail", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GuestException(Code.UNAVAILABLE, "Waiting for the agent of " + agent.name() + " was interrupted", e);
    }
  }

  private long elapsedMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }
}
