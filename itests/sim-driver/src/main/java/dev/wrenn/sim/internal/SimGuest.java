package dev.wrenn.sim.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One simulated guest: health, init, metrics, connections to servers of this machine, and processes that are {@code true}, {@code echo words…} and {@code sleep seconds}. Speaks the part of
 * the agent's protocol that these need.
 */
final class SimGuest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BODY = 16 << 20;
  /** A simulated disk is as large as anybody asks. */
  private static final long ROOM = 1L << 50;
  private static final String CONNECT = "/connect/";
  private static final String METRICS = "{\"cpu_count\":1,\"cpu_used_pct\":1.5,\"mem_total\":67108864,\"mem_used\":20971520,"
      + "\"mem_cache\":1048576,\"disk_total\":8388608,\"disk_used\":4194304}";

  private final String name;
  private volatile String tokenHash;
  private final AtomicLong pids = new AtomicLong(100);
  private final Map<Long, Sleeper> sleepers = new ConcurrentHashMap<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  private volatile boolean ended;

  private record Sleeper(String seconds, CountDownLatch woken) {}

  private record Call(String path, Map<String, String> headers, byte[] body) {}

  SimGuest(String name, String tokenHash) {
    this.name = name;
    this.tokenHash = tokenHash;
  }

  String name() {
    return name;
  }

  /** SHA-256 of the token that is in force now. */
  String tokenHash() {
    return tokenHash;
  }

  /** The guest's machine is gone, and all connections with it: from the first of them on that ends it answers nobody. */
  void end() {
    ended = true;
    sleepers.values().forEach(sleeper -> sleeper.woken().countDown());
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        // Closed all the same.
      }
    }
  }

  void serve(Socket socket) throws IOException {
    sockets.add(socket);
    try {
      InputStream in = new BufferedInputStream(socket.getInputStream(), 2048);
      OutputStream out = socket.getOutputStream();
      for (Call call = read(in); call != null && !ended; call = read(in)) {
        if (call.path().startsWith(CONNECT) && call.headers().containsKey("upgrade")) {
          tunnel(call, socket, in, out);
          return;
        }
        answer(call, out);
      }
    } finally {
      sockets.remove(socket);
    }
  }

  private void answer(Call call, OutputStream out) throws IOException {
    if (call.path().equals("/health")) {
      out.write(head(204, "", 0));
    } else if (!tokenHash.equals(sha256(call.headers().getOrDefault("x-access-token", "")))) {
      unary(out, 401, "{\"code\":\"unauthenticated\",\"message\":\"missing or wrong access token\"}");
    } else {
      switch (call.path()) {
        case "/metrics" -> unary(out, 200, METRICS);
        case "/init" -> {
          JsonNode token = JSON.readTree(call.body()).path("accessToken");
          tokenHash = token.isTextual() && !token.asText().isEmpty() ? sha256(token.asText()) : tokenHash;
          unary(out, 200, "{\"version\":\"sim\",\"applied\":true}");
        }
        case "/disk/grow" -> unary(out, 200, "{\"grown\":true,\"fileSystemBytes\":" + ROOM + ",\"deviceBytes\":" + ROOM + "}");
        case "/snapshot/prepare" -> unary(out, 200, "{\"synced\":true,\"frozen\":true}");
        case "/process.Process/List" -> unary(out, 200, list());
        case "/process.Process/SendSignal" -> signal(JSON.readTree(call.body()), out);
        case "/process.Process/Start" -> start(JSON.readTree(call.body(), 5, call.body().length - 5).path("process"), out);
        default -> unary(out, 404, "{\"code\":\"unimplemented\",\"message\":\"a simulated guest can't do that\"}");
      }
    }
  }

  /** To a server of this machine, as the guest has none of its own. */
  private void tunnel(Call call, Socket socket, InputStream in, OutputStream out) throws IOException {
    try (Socket server = new Socket()) {
      try {
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(call.path().substring(CONNECT.length()).replaceFirst("\\?.*", ""))));
      } catch (ConnectException e) {
        unary(out, 502, "{\"code\":\"unavailable\",\"message\":\"nothing listens there\"}");
        return;
      }
      sockets.add(server);
      out.write(head(101, "Connection: upgrade\r\nUpgrade: tunnel\r\n", 0));
      Thread there = Thread.ofVirtual().start(() -> pump(in, server));
      pump(server.getInputStream(), socket);
      there.join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static void pump(InputStream from, Socket to) {
    try {
      from.transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // One of the two ends has gone.
    }
  }

  private void start(JsonNode process, OutputStream out) throws IOException {
    String command = process.path("cmd").asText();
    long pid = pids.incrementAndGet();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    answer.writeBytes(("HTTP/1.1 200 OK\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII));
    if (!Set.of("true", "echo", "sleep").contains(command)) {
      answer.writeBytes(chunk(2, "{\"error\":{\"code\":\"not_found\",\"message\":\"no program '" + command + "' in a simulated guest\"}}"));
      answer.writeBytes(END);
      out.write(answer.toByteArray());
      return;
    }
    answer.writeBytes(chunk(0, "{\"event\":{\"start\":{\"pid\":" + pid + "}}}"));
    if (command.equals("echo")) {
      StringBuilder words = new StringBuilder();
      process.path("args").forEach(word -> words.append(words.isEmpty() ? "" : " ").append(word.asText()));
      ObjectNode data = JSON.createObjectNode();
      data.putObject("event").putObject("data").put("stdout", words.append('\n').toString().getBytes(StandardCharsets.UTF_8));
      answer.writeBytes(chunk(0, data.toString()));
    }
    boolean killed = false;
    if (command.equals("sleep")) {
      out.write(answer.toByteArray());
      answer.reset();
      killed = sleep(pid, process.path("args").path(0).asText("0"));
    }
    answer.writeBytes(chunk(0, killed ? "{\"event\":{\"end\":{\"exitCode\":-1,\"exited\":false,\"status\":\"signal: killed\"}}}"
        : "{\"event\":{\"end\":{\"exited\":true,\"status\":\"exit status 0\"}}}"));
    answer.writeBytes(chunk(2, "{}"));
    answer.writeBytes(END);
    out.write(answer.toByteArray());
  }

  private boolean sleep(long pid, String seconds) throws IOException {
    Sleeper sleeper = new Sleeper(seconds, new CountDownLatch(1));
    sleepers.put(pid, sleeper);
    try {
      return sleeper.woken().await((long) (Double.parseDouble(seconds) * 1000), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      sleepers.remove(pid);
    }
  }

  private void signal(JsonNode message, OutputStream out) throws IOException {
    Sleeper sleeper = sleepers.get(message.path("process").path("pid").asLong());
    if (sleeper == null) {
      unary(out, 404, "{\"code\":\"not_found\",\"message\":\"no such process\"}");
      return;
    }
    sleeper.woken().countDown();
    unary(out, 200, "{}");
  }

  private String list() {
    ObjectNode list = JSON.createObjectNode();
    var processes = list.putArray("processes");
    new TreeMap<>(sleepers).forEach((pid, sleeper) -> {
      ObjectNode one = processes.addObject().put("pid", pid);
      one.putObject("config").put("cmd", "sleep").putArray("args").add(sleeper.seconds());
    });
    return list.toString();
  }

  private static final byte[] END = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static byte[] chunk(int flags, String json) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    byte[] size = (Integer.toHexString(text.length + 5) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(size.length + 5 + text.length + 2).put(size).put((byte) flags).putInt(text.length).put(text)
        .put((byte) '\r').put((byte) '\n').array();
  }

  private static void unary(OutputStream out, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    byte[] head = head(status, "Content-Type: application/json\r\n", body.length);
    out.write(ByteBuffer.allocate(head.length + body.length).put(head).put(body).array());
  }

  private static byte[] head(int status, String headers, int length) {
    return ("HTTP/1.1 " + status + " Simulated\r\n" + headers + (status == 204 || status == 101 ? "" : "Content-Length: " + length + "\r\n") + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Call read(InputStream in) throws IOException {
    String line = line(in);
    if (line == null) {
      return null;
    }
    Map<String, String> headers = new TreeMap<>();
    for (String next = line(in); next != null && !next.isEmpty(); next = line(in)) {
      int colon = next.indexOf(':');
      headers.put(next.substring(0, colon).toLowerCase(Locale.ROOT), next.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    if (length > BODY) {
      throw new IOException("a body of " + length + " bytes is too long");
    }
    return new Call(line.split(" ")[1], headers, in.readNBytes(length));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        return null;
      }
      line.append((char) next);
    }
    return line.substring(0, Math.max(0, line.length() - 1));
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
