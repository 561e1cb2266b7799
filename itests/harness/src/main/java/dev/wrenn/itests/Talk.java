package dev.wrenn.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A WebSocket of the API whose messages, and whose end, can be waited for. One thread reads. */
public final class Talk implements WebSocket.Listener, AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final StringBuilder partial = new StringBuilder();
  private volatile String how = "open";
  private WebSocket socket;

  private Talk() {}

  /** @param path below {@code /v1} and so on, as in {@code /v1/capsules/cl-…/pty} */
  public static Talk open(HttpClient http, RunningPlatform platform, String path) {
    Talk talk = new Talk();
    talk.socket = http.newWebSocketBuilder().header("X-API-Key", platform.apiKey())
        .buildAsync(URI.create(platform.base().toString().replaceFirst("^http", "ws")).resolve(path), talk).join();
    return talk;
  }

  public Talk send(String message) {
    socket.sendText(message, true).join();
    return this;
  }

  /** Keys for a terminal. */
  public Talk type(String keys) {
    return send("{\"type\":\"input\",\"data\":\"" + Base64.getEncoder().encodeToString(keys.getBytes(StandardCharsets.UTF_8)) + "\"}");
  }

  /** The next message that is no ping. */
  public JsonNode next() throws IOException, InterruptedException {
    while (true) {
      String message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("no message within " + PATIENCE + "; the connection: " + how);
      }
      JsonNode json = JSON.readTree(message);
      if (!json.path("type").asText().equals("ping")) {
        return json;
      }
    }
  }

  public JsonNode next(String type) throws IOException, InterruptedException {
    JsonNode message = next();
    if (!message.path("type").asText().equals(type)) {
      throw new AssertionError("expected " + type + ", got " + message);
    }
    return message;
  }

  /** Reads what a terminal shows until the text is in it; all of that. */
  public String until(String text) throws IOException, InterruptedException {
    StringBuilder all = new StringBuilder();
    while (all.indexOf(text) < 0) {
      all.append(new String(Base64.getDecoder().decode(next("output").get("data").asText()), StandardCharsets.UTF_8));
    }
    return all.toString();
  }

  /** Waits for the end of the connection. @return the messages that were not read, and how it ended */
  public String end() throws InterruptedException {
    if (!ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the stream did not end within " + PATIENCE);
    }
    return messages + " " + how;
  }

  @Override
  public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      messages.add(partial.toString());
      partial.setLength(0);
    }
    webSocket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
    how = "closed with " + status;
    ended.countDown();
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    how = "broken off: " + error;
    ended.countDown();
  }

  @Override
  public void close() {
    socket.abort();
  }
}
