package dev.wrenn.rest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A WebSocket client whose messages can be waited for. */
final class Client implements WebSocket.Listener {
  final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final CompletableFuture<Void> pinged = new CompletableFuture<>();
  private final StringBuilder partial = new StringBuilder();
  private volatile boolean reading = true;
  private WebSocket socket;

  static Client open(TestServer server, String path, String... headers) {
    Client client = new Client();
    WebSocket.Builder builder = server.client().newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    client.socket = builder.buildAsync(server.stream(path), client).join();
    return client;
  }

  /** With the API key in the handshake. */
  static Client open(TestServer server, String path) {
    return open(server, path, "X-API-Key", TestPlatform.KEY);
  }

  Client send(String message) {
    socket.sendText(message, true).join();
    return this;
  }

  Client send(byte[] bytes) {
    socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    return this;
  }

  JsonNode next() throws InterruptedException {
    String message = messages.poll(10, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("no message within 10 s; closed: " + closed);
    }
    return Wire.message(message);
  }

  JsonNode next(String type) throws InterruptedException {
    JsonNode message = next();
    if (!message.path("type").asText().equals(type)) {
      throw new AssertionError("expected " + type + ", got " + message);
    }
    return message;
  }

  /** Reads no further message, as a slow client does; what comes stays in the connection. */
  void pause() {
    reading = false;
  }

  void goOn() {
    reading = true;
    socket.request(1);
  }

  int closeCode() throws Exception {
    return closed.get(10, TimeUnit.SECONDS);
  }

  void leave() {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
  }

  void vanish() {
    socket.abort();
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
  public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
    messages.add(Wire.text(Map.of("type", "bare", "data", StandardCharsets.UTF_8.decode(data).toString())));
    webSocket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
    pinged.complete(null);
    webSocket.request(1);
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
}
