package dev.wrenn.itests.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Servers in a real capsule as the outside reaches them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PortsIT {
  private static final int MANY = 500;
  private static final int BINDS = 60;
  private static final Duration START = Duration.ofSeconds(60);
  private RunningPlatform platform;
  private Api api;
  private String capsule;

  @BeforeAll
  void start() throws Exception {
    platform = RunningPlatform.start("wrprx", 83);
    api = platform.api();
    // Twenty servers and five hundred threads of one of them need room.
    capsule = api.post("/v1/capsules", "{\"memory_mb\":1024}").expect(201).json().get("id").asText();
    for (String name : new String[] {"server.py", "binder.py"}) {
      try (InputStream script = PortsIT.class.getResourceAsStream("/" + name)) {
        String text = Base64.getEncoder().encodeToString(script.readAllBytes());
        JsonNode written = api.sh(capsule, "echo " + text + " | base64 -d > /tmp/" + name);
        assertEquals(0, written.get("exit_code").asInt(), written.toString());
      }
    }
    serve(8000, "127.0.0.1");
  }

  @AfterAll
  void stop() throws Exception {
    if (platform != null) {
      platform.close();
    }
  }

  private Line line() throws IOException {
    return new Line(platform.base());
  }

  private String host(int port) {
    return port + "-" + capsule + ".capsules.test";
  }

  private Line.Answer get(String host, String target, String... lines) throws IOException {
    try (Line line = line()) {
      return line.request("GET", host, target, lines).answer();
    }
  }

  private void serve(int port, String address) throws Exception {
    api.background(capsule, "exec python3 /tmp/server.py " + port + " " + address);
    Await.until("a server on " + address + " port " + port, START, () -> get(host(port), "/").status(), status -> status == 200);
  }

  @Test
  @Order(1)
  void serversOnEitherLoopbackAreReached() throws Exception {
    serve(8001, "::1");
    api.background(capsule, "exec python3 -m http.server 8002 --bind 127.0.0.1 --directory /etc");
    Await.until("Python's own server", START, () -> get(host(8002), "/hostname").status(), status -> status == 200);
    for (int port : new int[] {8000, 8001}) {
      String seen = get(host(port), "/a%2Fb?c", "X-API-Key: kept").body();
      assertTrue(seen.startsWith("GET /a%2Fb?c HTTP/1.1\n"), seen);
      assertTrue(seen.contains("Host: " + host(port) + "\n") && seen.contains("X-API-Key: kept\n") && seen.contains("X-Forwarded-For: 127.0.0.1"), seen);
    }
    assertEquals(404, get(host(8002), "/nothing").status());
    for (String[] names : new String[][] {{"X-Wrenn-Capsule", "X-Wrenn-Port"}, {"E2b-Sandbox-Id", "E2b-Sandbox-Port"}}) {
      Line.Answer answer = get("127.0.0.1", "/", names[0] + ": " + capsule, names[1] + ": 8000");
      assertEquals(200, answer.status());
      assertFalse(answer.body().contains(names[0]), answer.body());
    }
    assertEquals(200, get("127.0.0.1", "/health").status(), "the platform's own");
    assertEquals(400, get("127.0.0.1", "/v1%2Fcapsules").status(), "of two meanings, so not for the platform");
  }

  @Test
  @Order(2)
  void serverIsThereAsSoonAsItListens() throws Exception {
    long clocks = clocksApart();
    int first = 8100;
    int last = first + BINDS;
    api.background(capsule, "exec python3 /tmp/binder.py " + first + " " + last + " 7");
    List<Long> accepted = new ArrayList<>();
    List<Long> answered = new ArrayList<>();
    List<Long> here = new ArrayList<>();
    int refused = 0;
    for (int port = first; port < last; port++) {
      long end = System.nanoTime() + START.toNanos();
      Line.Answer answer = get(host(port), "/");
      long came = System.nanoTime() / 1000;
      // At once: a refusal has waited in the guest for as long as it may.
      for (; answer.status() != 200 && System.nanoTime() < end; came = System.nanoTime() / 1000) {
        assertEquals(502, answer.status(), answer.body());
        refused++;
        answer = get(host(port), "/");
      }
      assertEquals(200, answer.status(), answer.body());
      long[] times = Arrays.stream(answer.body().split(" ")).mapToLong(Long::parseLong).toArray();
      accepted.add(times[1] - times[0]);
      answered.add(times[2] - times[0]);
      here.add(came + clocks - times[0]);
    }
    System.out.println("From a server's listen, ms: until it has a connection " + spread(accepted) + "; until it has answered " + spread(answered)
        + "; until the answer is here " + spread(here) + "; " + refused + " refusals before");
    long begun = System.nanoTime();
    try (Line line = line()) {
      for (int i = 0; i < 50; i++) {
        assertEquals(200, line.request("GET", host(8000), "/clock").answer().status());
      }
    }
    System.out.println("One request to a server that is there already, ms: " + (System.nanoTime() - begun) / 50 / 1_000_000.0);
  }

  /** How much the guest's clock is ahead of ours, in microseconds: at worst wrong by half of the quickest request. */
  private long clocksApart() throws IOException {
    long quickest = Long.MAX_VALUE;
    long ahead = 0;
    for (int i = 0; i < 50; i++) {
      long asked = System.nanoTime() / 1000;
      long told = Long.parseLong(get(host(8000), "/clock").body());
      long took = System.nanoTime() / 1000 - asked;
      if (took < quickest) {
        quickest = took;
        ahead = told - asked - took / 2;
      }
    }
    return ahead;
  }

  private static String spread(List<Long> micros) {
    List<Long> sorted = micros.stream().sorted().toList();
    return String.format("median %.1f, nine of ten %.1f, worst %.1f", sorted.get(sorted.size() / 2) / 1000.0, sorted.get(sorted.size() * 9 / 10) / 1000.0,
        sorted.getLast() / 1000.0);
  }

  @Test
  @Order(3)
  void eventsComeOneByOne() throws Exception {
    try (Line events = line()) {
      events.request("GET", host(8000), "/events");
      assertTrue(events.head().contains("text/event-stream"));
      for (int i = 0; i < 3; i++) {
        try (Line push = line()) {
          assertEquals("pushed", push.request("POST", host(8000), "/push", "Content-Length: 0").answer().body());
        }
        assertEquals("data: " + i + "\n\n", new String(events.chunk(), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  @Order(4)
  void webSocketsPass() throws Exception {
    CompletableFuture<String> echoed = new CompletableFuture<>();
    URI uri = URI.create(platform.base().toString().replaceFirst("^http", "ws") + "/ws");
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket socket = client.newWebSocketBuilder().header("X-Wrenn-Capsule", capsule).header("X-Wrenn-Port", "8000")
          .buildAsync(uri, new WebSocket.Listener() {
            private final StringBuilder text = new StringBuilder();

            @Override
            public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
              text.append(data);
              if (last) {
                echoed.complete(text.toString());
              }
              webSocket.request(1);
              return null;
            }
          }).get(60, TimeUnit.SECONDS);
      String message = "through and back ".repeat(1000);
      socket.sendText(message, true).get(60, TimeUnit.SECONDS);
      assertEquals(message, echoed.get(60, TimeUnit.SECONDS));
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  @Order(5)
  void largeBodiesPassBothWays() throws Exception {
    int size = 32 << 20;
    byte[] block = "0123456789abcdef".repeat(4096).getBytes(StandardCharsets.US_ASCII);
    MessageDigest sent = MessageDigest.getInstance("SHA-256");
    try (Line line = line()) {
      line.request("POST", host(8000), "/up", "Content-Length: " + size);
      for (int left = size; left > 0; left -= block.length) {
        line.out.write(block);
        sent.update(block);
      }
      line.out.flush();
      String digest = HexFormat.of().formatHex(sent.digest());
      assertEquals(digest, line.answer().body());
      line.request("GET", host(8000), "/large/" + size).head();
      MessageDigest got = MessageDigest.getInstance("SHA-256");
      for (int left = size; left > 0; left -= block.length) {
        got.update(line.in.readNBytes(block.length));
      }
      assertEquals(digest, HexFormat.of().formatHex(got.digest()));
    }
  }

  @Test
  @Order(6)
  void manyAtOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CountDownLatch begun = new CountDownLatch(MANY);
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        int number = i;
        all.add(threads.submit(() -> {
          try (Line line = line()) {
            // The first half of a body, so that each of them is under way in the capsule when the last one begins.
            line.request("POST", host(8000), "/up", "Content-Length: 8").out.write("half".getBytes(StandardCharsets.US_ASCII));
            line.out.flush();
            begun.countDown();
            assertTrue(begun.await(5, TimeUnit.MINUTES), "all of them connected");
            line.out.write(String.format("%04d", number).getBytes(StandardCharsets.US_ASCII));
            line.out.flush();
            return line.answer().body();
          }
        }));
      }
      for (int i = 0; i < MANY; i++) {
        byte[] sent = String.format("half%04d", i).getBytes(StandardCharsets.US_ASCII);
        assertEquals(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(sent)), all.get(i).get());
      }
    }
  }

  @Test
  @Order(7)
  void portMayAskForItsToken() throws Exception {
    JsonNode port = api.send("PUT", "/v1/capsules/" + capsule + "/ports/8000", "{\"public\":false}").expect(200).json();
    String token = port.get("token").asText();
    assertEquals(403, get(host(8000), "/").status());
    assertEquals(403, get(host(8000), "/", "X-Wrenn-Port-Token: " + token + "x").status());
    assertEquals(200, get(host(8000), "/", "X-Wrenn-Port-Token: " + token).status());
    assertEquals(200, get(host(8000), "/", "e2b-traffic-access-token: " + token).status());
    Line.Answer led = get(host(8000), "/x?wrenn_port_token=" + token);
    assertEquals(303, led.status());
    assertTrue(led.head().contains("Location: http://" + host(8000) + "/x\n"), led.head());
    String seen = get(host(8000), "/x", "Cookie: wrenn_port_token=" + token).body();
    assertTrue(seen.startsWith("GET /x ") && !seen.contains(token), seen);
    api.delete("/v1/capsules/" + capsule + "/ports/8000").expect(204);
    assertEquals(200, get(host(8000), "/").status());
  }

  @Test
  @Order(8)
  void agentIsReachedByItsOwnClientsOnly() throws Exception {
    assertEquals(403, get(host(49983), "/envs").status());
    assertEquals(403, get(host(49983), "/health").status());
    assertEquals(204, get(host(49983).replace("cl-", "cl"), "/health").status());
    assertEquals(403, get("127.0.0.1", "/health", "X-Wrenn-Capsule: " + capsule, "X-Wrenn-Port: 49983").status());
    String[] e2b = {"E2b-Sandbox-Id: " + capsule.replace("-", ""), "E2b-Sandbox-Port: 49983"};
    assertEquals(204, get("127.0.0.1", "/health", e2b).status());
    assertEquals(401, get("127.0.0.1", "/envs", e2b[0], e2b[1], "X-Access-Token: wrong-token").status());
    assertEquals(401, get("127.0.0.1", "/files?path=/etc/hostname&signature=v1_" + "A".repeat(43)).status());
    Line.Answer closed = get("127.0.0.1", "/", e2b[0], "E2b-Sandbox-Port: 7");
    assertEquals(502, closed.status());
    assertTrue(closed.body().contains("\"The sandbox is running but port is not open\",\"port\":7,\"code\":502"), closed.body());
    try (Line line = line()) {
      Line.Answer asked = line.request("OPTIONS", "127.0.0.1", "/files", e2b[0], e2b[1], "Origin: http://a.test", "Access-Control-Request-Method: POST").answer();
      assertTrue(asked.status() < 300 && asked.head().toLowerCase(java.util.Locale.ROOT).contains("access-control-allow-origin"), asked.head());
    }
  }

  @Test
  @Order(9)
  void endOfTheCapsuleBreaksItsStreams() throws Exception {
    try (Line events = line(); Line upgraded = line()) {
      events.request("GET", host(8000), "/events").head();
      upgraded.request("GET", host(8000), "/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
      assertEquals(101, upgraded.answer().status());
      api.destroy(capsule);
      assertThrows(SocketException.class, events.in::readAllBytes);
      assertThrows(SocketException.class, upgraded.in::readAllBytes);
    }
    assertTrue(get(host(8000), "/").status() >= 404);
    String[] e2b = {"E2b-Sandbox-Id: " + capsule.replace("-", ""), "E2b-Sandbox-Port: 49983"};
    Line.Answer gone = get("127.0.0.1", "/health", e2b);
    assertEquals(502, gone.status());
    assertTrue(gone.body().contains("\"The sandbox was not found\""), gone.body());
  }
}
