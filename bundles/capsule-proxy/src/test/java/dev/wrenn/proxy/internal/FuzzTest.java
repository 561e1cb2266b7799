package dev.wrenn.proxy.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are wrong in every way must be answered or broken off, and never break the proxy. */
class FuzzTest {
  private static final int ROUNDS = 400;
  /** 502: nothing listens; 505: a version of HTTP that nobody speaks. */
  private static final Set<Integer> DOCUMENTED = Set.of(502, 505);
  private static final List<String> SEEDS = List.of(
      "GET /a/b?c=d HTTP/1.1\r\nHost: 8000-" + TestPorts.CAPSULE + ".x\r\nCookie: a=b; wrenn_port_token=t\r\n\r\n",
      "POST /p HTTP/1.1\r\nHost: localhost\r\nE2b-Sandbox-Id: " + TestPorts.CAPSULE + "\r\nE2b-Sandbox-Port: 8000\r\nContent-Length: 5\r\n\r\nhello",
      "PUT /p?wrenn_port_token=t HTTP/1.1\r\nHost: localhost\r\nX-Wrenn-Capsule: " + TestPorts.CAPSULE
          + "\r\nX-Wrenn-Port: 8000\r\nTransfer-Encoding: chunked\r\nTrailer: a\r\n\r\n3\r\nabc\r\n0\r\na: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: 8000-" + TestPorts.CAPSULE + ".x\r\nConnection: Upgrade, x\r\nUpgrade: websocket\r\nX: 1\r\n\r\n",
      "GET /files?path=a&username=u&signature=v1_abc HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n");
  private static final List<String> BITS = List.of("\r\n", ":", " ", "\t", "\u0000", "%", "%zz", "%2F", "..", ";", "-", "cl-", "99999999999", "\u00ff", "{", "\"",
      "Content-Length: -1\r\n", "Transfer-Encoding: gzip\r\n", "Host: x\r\n", "E2b-Sandbox-Port: 1\r\n", "X-Wrenn-Port: \r\n", "&", "=", "?", "#", "//", "@");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void mutatedRequests(long seed) throws Exception {
    Random random = new Random(seed);
    Map<Integer, Integer> seen = new TreeMap<>();
    try (TestProxy proxy = new TestProxy(Map.of("lingerMillis", 50L, "continueTimeoutMillis", 20L))) {
      proxy.guest(8000, call -> call.answer("ok"));
      for (int i = 0; i < ROUNDS; i++) {
        String request = mutated(SEEDS.get(random.nextInt(SEEDS.size())), random);
        int status = status(proxy, request);
        seen.merge(status, 1, Integer::sum);
        assertTrue(status < 500 || DOCUMENTED.contains(status), () -> "seed " + seed + ": " + status + " for\n" + request);
      }
      try (Raw client = proxy.client()) {
        assertEquals("ok", client.get(TestProxy.host(8000), "/").answer().text());
      }
      Wait.until("nothing is left", () -> proxy.ports.open() == 0 && proxy.door.streams() == 0);
    }
    assertTrue(seen.containsKey(200) && seen.containsKey(400), "both kinds were tried: " + seen);
  }

  private static String mutated(String request, Random random) {
    StringBuilder text = new StringBuilder(request);
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, BITS.get(random.nextInt(BITS.size())));
        case 1 -> text.setCharAt(at, (char) random.nextInt(256));
        case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(12)));
        default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(40))));
      }
      if (text.isEmpty()) {
        text.append(' ');
      }
    }
    return text.toString();
  }

  /** 0 when the server ended the connection without a word: the client has ended its own side, and may be taken for gone. */
  private static int status(TestProxy proxy, String request) throws IOException {
    try (Raw client = proxy.client()) {
      client.send(request);
      client.socket.shutdownOutput();
      String line = new String(client.in.readNBytes(12), StandardCharsets.ISO_8859_1);
      return line.length() < 12 ? 0 : Integer.parseInt(line.substring(9));
    } catch (IOException broken) {
      return 0;
    }
  }
}
