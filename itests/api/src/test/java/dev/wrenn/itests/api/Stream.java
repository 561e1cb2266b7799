package dev.wrenn.itests.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A WebSocket whose messages can be waited for. */
final class Stream implements WebSocket.Listener, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(180);

  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder partial = new StringBuilder();
  private volatile boolean reading = true;
  private WebSocket socket;

  static Stream open(HttpClient http, URI uri, String... headers) {
    Stream stream = new Stream();
    WebSocket.Builder builder = http.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    stream.socket = builder.buildAsync(uri, stream).join();
    return stream;
  }

  static String sh(String script) {
    var start = Target.JSON.createObjectNode().put("type", "start").put("cmd", "/bin/sh");
    start.putArray("args").add("-c").add(script);
    return start.toString();
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(JsonNode output) {
    return new String(Base64.getDecoder().decode(output.get("data").asText()), StandardCharsets.UTF_8);
  }

  Stream send(String message) {
    socket.sendText(message, true).join();
    return this;
  }

  /** Reads at most one more message, as a slow client does: what comes stays in the connection. */
  Stream pause() {
    reading = false;
    return this;
  }

  void goOn() {
    reading = true;
    socket.request(1);
  }

  /** The next message that is no ping. */
  JsonNode next() throws InterruptedException, JsonProcessingException {
    while (true) {
      String message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (message == null) {
        throw new AssertionError("no message within " + PATIENCE + "; closed: " + closed);
      }
      JsonNode json = Target.JSON.readTree(message);
      if (!json.get("type").asText().equals("ping")) {
        return json;
      }
    }
  }

  JsonNode next(String type) throws InterruptedException, JsonProcessingException {
    JsonNode message = next();
    if (!message.get("type").asText().equals(type)) {
      throw new AssertionError("expected " + type + ", got " + message);
    }
    return message;
  }

  /** Reads terminal output until it holds the text. */
  String until(String text) throws InterruptedException, JsonProcessingException {
    StringBuilder all = new StringBuilder();
    while (all.indexOf(text) < 0) {
      all.append(text(next("output")));
    }
    return all.toString();
  }

  /** Reads everything up to the exit; the text of that stream. */
  String drain(String type) throws InterruptedException, JsonProcessingException {
    StringBuilder all = new StringBuilder();
    for (JsonNode message = next(); !message.get("type").asText().equals("exit"); message = next()) {
      if (message.get("type").asText().equals(type)) {
        all.append(message.get("data").asText());
      }
    }
    return all.toString();
  }

  int closeCode() throws Exception {
    return closed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      messages.add(partial.toString());
      partial.setLength(0);
    }
    if (reading) {
      webSocket.request(1);
    }
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
    closed.complete(statusCode);
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    closed.completeExceptionally(error);
  }

  @Override
  public void close() {
    socket.abort();
  }
}
