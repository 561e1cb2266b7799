package dev.wrenn.proxy.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.proxy.internal.Raw.Answer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes through, and what does not. */
class ForwardingTest {
  private TestProxy proxy;

  @BeforeEach
  void start() throws Exception {
    proxy = new TestProxy(Map.of());
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
  }

  /** A server that tells what it was asked. */
  private void echo(int port) throws Exception {
    proxy.guest(port, call -> {
      byte[] body = call.body();
      call.answer(call.head + "\r\n" + new String(body, StandardCharsets.ISO_8859_1));
    });
  }

  @Test
  void hostNameLeadsIntoTheCapsule() throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      Answer answer = client.get(TestProxy.host(8000) + ":" + proxy.port(), "/a?b=c", "X-API-Key: wrn_1", "Accept-Encoding: br").answer();
      assertEquals(200, answer.status());
      assertTrue(answer.text().startsWith("GET /a?b=c HTTP/1.1\r\nHost: " + TestProxy.host(8000) + ":" + proxy.port() + "\r\n"), answer.text());
      assertTrue(answer.text().contains("X-API-Key: wrn_1\r\n"), answer.text());
      assertTrue(answer.text().contains("Accept-Encoding: br\r\n"), answer.text());
      assertTrue(answer.text().contains("X-Forwarded-For: 127.0.0.1\r\n"), answer.text());
      assertTrue(answer.text().contains("X-Forwarded-Host: " + TestProxy.host(8000) + ":" + proxy.port() + "\r\n"), answer.text());
      assertTrue(answer.text().contains("X-Forwarded-Proto: http\r\n"), answer.text());
      assertTrue(answer.text().contains("X-Forwarded-Port: " + proxy.port() + "\r\n"), answer.text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1:8080", "sandbox.e2b.test", "platform.example", "[::1]:80"})
  void routingHeadersLeadThereFromAnyOtherName(String host) throws Exception {
    echo(8000);
    for (String[] pair : new String[][] {{"E2b-Sandbox-Id", "E2b-Sandbox-Port"}, {"X-Wrenn-Capsule", "X-Wrenn-Port"}}) {
      for (String id : new String[] {TestPorts.CAPSULE, TestPorts.CAPSULE.replace("-", ""), TestPorts.CAPSULE.replace("-", "") + "-6532622b"}) {
        try (Raw client = proxy.client()) {
          Answer answer = client.get(host, "/x", pair[0] + ": " + id, pair[1] + ": 8000").answer();
          assertEquals(200, answer.status(), answer.text());
          assertFalse(answer.text().toLowerCase(java.util.Locale.ROOT).contains("sandbox-id"), answer.text());
          assertFalse(answer.text().contains("X-Wrenn"), answer.text());
        }
      }
    }
  }

  @Test
  void everythingElseIsThePlatforms() throws Exception {
    echo(8000);
    for (String host : List.of("localhost", "127.0.0.1", "8000-cloud.example.com", "api.8000-" + TestPorts.CAPSULE + ".test", "8000.test", "x")) {
      try (Raw client = proxy.client()) {
        assertEquals(TestProxy.PAGE, client.get(host, "/").answer().text(), host);
      }
    }
  }

  @Test
  void whatConcernsTheConnectionStaysHere() throws Exception {
    proxy.guest(8000, call -> {
      call.send("HTTP/1.1 200 OK\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: " + call.headers("X-Drop").size()
          + call.headers("Keep-Alive").size() + call.headers("Proxy-Authorization").size() + "\r\nContent-Length: 2\r\n\r\nok");
    });
    try (Raw client = proxy.client()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = client.get(TestProxy.host(8000), "/", "Connection: X-Drop", "X-Drop: 1", "Keep-Alive: 9", "Proxy-Authorization: x").answer();
        assertEquals("ok", answer.text());
        assertEquals("000", answer.header("X-Kept"));
        assertNull(answer.header("X-Mine"));
        assertNull(answer.header("Keep-Alive"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%2Fb", "/a%2fb/../c", "//double//slash", "/a;v=1/b;w", "/x/%2e%2e/x", "/.", "/a/./b", "/%C3%A4?q=%zz&&=&x=a+b", 
      "/a%5Cb", "/?", "/a?b?c", "/~!$&'()*+,;=:@", "/%41%61", "/a\\b", "/a|b{c}^`\"<>"})
  void pathsPassByteForByte(String target) throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      Answer answer = client.get(TestProxy.host(8000), target).answer();
      assertEquals(200, answer.status(), answer.text());
      assertEquals("GET " + target + " HTTP/1.1", answer.text().split("\r\n")[0]);
    }
  }

  @Test
  void pathsThatCouldMeanTwoThingsStayAwayFromThePlatform() throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      client.get("localhost", "/").answer();
    }
    for (String target : List.of("/a%2Fb", "/a/%2e%2e/b", "/a//b")) {
      try (Raw client = proxy.client()) {
        assertEquals(400, client.get("localhost", target).answer().status(), target);
      }
    }
  }

  /** No path at all to any server. */
  @ParameterizedTest
  @ValueSource(strings = {"/%2e%2e/x", "/../x", "/%00", "/%"})
  void pathsThatMeanNothingAreRefusedForAll(String target) throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      assertEquals(400, client.get(TestProxy.host(8000), target).answer().status());
    }
  }

  @Test
  void headerBytesPassAsTheyAre() throws Exception {
    proxy.guest(8000, call -> call.send("HTTP/1.1 200 OK\r\nX-Back: " + call.headers("X-Odd").getFirst() + "\r\nContent-Length: 0\r\n\r\n"));
    try (Raw client = proxy.client()) {
      String utf8 = new String("käse 🧀".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      assertEquals(utf8, client.get(TestProxy.host(8000), "/", "X-Odd: " + utf8).answer().header("X-Back"));
    }
  }

  @Test
  void bodiesPassInEitherFraming() throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      Answer sized = client.request("POST", TestProxy.host(8000), "/", "Content-Length: 5").send("hello").answer();
      assertTrue(sized.text().contains("Content-Length: 5\r\n") && sized.text().endsWith("\r\n\r\nhello"), sized.text());
      Answer chunked = client.request("PUT", TestProxy.host(8000), "/", "Transfer-Encoding: chunked", "Trailer: X-Sum")
          .send("3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 9\r\n\r\n").answer();
      assertTrue(chunked.text().contains("Transfer-Encoding: chunked\r\n"), chunked.text());
      assertTrue(chunked.text().endsWith("\r\n\r\nhello|X-Sum: 9"), chunked.text());
      Answer none = client.request("POST", TestProxy.host(8000), "/", "Content-Length: 0").answer();
      assertTrue(none.text().contains("Content-Length: 0\r\n"), none.text());
      assertTrue(client.request("DELETE", TestProxy.host(8000), "/").answer().text().startsWith("DELETE / HTTP/1.1\r\n"));
    }
  }

  @Test
  void answersPassInAnyFraming() throws Exception {
    proxy.guest(8000, call -> {
      switch (call.line().split(" ")[1]) {
        case "/chunked" -> call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
        case "/close" -> call.send("HTTP/1.0 200 OK\r\n\r\nabcde");
        case "/empty" -> call.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        case "/204" -> call.send("HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n");
        case "/304" -> call.send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\n");
        case "/299" -> call.send("HTTP/1.1 299 Whatever\r\nContent-Length: 5\r\n\r\nabcde");
        case "/early" -> call.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
        case "/gzip" -> call.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nDate: then\r\n\r\n\u001f\u008b\u0008");
        default -> call.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      }
    });
    try (Raw client = proxy.client()) {
      String host = TestProxy.host(8000);
      assertEquals("abcde", client.get(host, "/chunked").answer().text());
      assertEquals("X-Sum: 5\r\n", client.trailers);
      assertEquals("abcde", client.get(host, "/close").answer().text());
      Answer empty = client.get(host, "/empty").answer();
      assertEquals(0, empty.body().length);
      assertEquals("0", empty.header("Content-Length"));
      assertEquals("1", client.get(host, "/204").answer().header("X-A"));
      assertEquals("\"x\"", client.get(host, "/304").answer().header("ETag"));
      assertEquals("abcde", client.get(host, "/299").answer().text());
      assertEquals("5", client.request("HEAD", host, "/").answer(true).header("Content-Length"));
      assertEquals(103, Integer.parseInt(client.get(host, "/early").head().substring(9, 12)));
      assertEquals("abcde", client.answer().text());
      Answer gzip = client.get(host, "/gzip").answer();
      assertArrayEquals(new byte[] {0x1f, (byte) 0x8b, 8}, gzip.body());
      assertEquals(List.of("a=1", "b=2"), gzip.headers("Set-Cookie"));
      assertEquals(List.of("then"), gzip.headers("Date"));
      assertEquals("abcde", client.get(host, "/chunked").answer().text());
    }
  }

  @Test
  void clientsOfOneAnswerGetTheirs() throws Exception {
    proxy.guest(8000, call -> call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    try (Raw old = proxy.client(); Raw last = proxy.client()) {
      old.send("GET / HTTP/1.0\r\nHost: " + TestProxy.host(8000) + "\r\n\r\n");
      assertEquals("abcde", old.answer().text());
      Answer answer = last.get(TestProxy.host(8000), "/", "Connection: close").answer();
      assertEquals("abcde", answer.text());
      assertEquals("chunked", answer.header("Transfer-Encoding"));
      assertEquals(-1, last.in.read());
    }
  }

  @Test
  void absoluteAndAsteriskTargets() throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      assertTrue(client.request("OPTIONS", TestProxy.host(8000), "*").answer().text().startsWith("OPTIONS * HTTP/1.1\r\n"));
      assertTrue(client.get(TestProxy.host(8000), "http://" + TestProxy.host(8000) + "/p?q").answer().text().startsWith("GET /p?q HTTP/1.1\r\n"));
      assertEquals(400, client.request("CONNECT", TestProxy.host(8000), TestProxy.host(8000) + ":80").answer().status());
    }
  }

  @Test
  void redirectsToInnerAddressesLeadOutside() throws Exception {
    proxy.guest(8000, call -> call.send("HTTP/1.1 302 Found\r\nLocation: " + call.headers("X-To").getFirst() + "\r\nContent-Length: 0\r\n\r\n"));
    String host = TestProxy.host(8000) + ":" + proxy.port();
    Map<String, String> cases = Map.of("http://127.0.0.1:8000/a?b#c", "http://" + host + "/a?b#c", "http://localhost:8000", "http://" + host + "/",
        "http://[::1]:8000/x", "http://" + host + "/x", "http://169.254.0.21:8000/x", "http://" + host + "/x", "https://0.0.0.0:8000/x", "http://" + host + "/x",
        "http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x", "https://example.com/x", "https://example.com/x", "/rel", "/rel", "http://8.8.8.8:8000/", "http://8.8.8.8:8000/");
    cases = new HashMap<>(cases);
    cases.putAll(Map.of("//127.0.0.1:8000/x", "http://" + host + "/x", "//example.com/x", "//example.com/x", "//127.0.0.1:8001/x", "//127.0.0.1:8001/x"));
    for (var each : cases.entrySet()) {
      try (Raw client = proxy.client()) {
        assertEquals(each.getValue(), client.get(host, "/", "X-To: " + each.getKey()).answer().header("Location"));
      }
    }
    try (Raw client = proxy.client()) {
      assertEquals("https://" + host + "/x",
          client.get(host, "/", "X-To: http://127.0.0.1:8000/x", "X-Forwarded-Proto: https").answer().header("Location"));
    }
  }

  @Test
  void guestMaySeeItsOwnAddressInstead() throws Exception {
    try (TestProxy other = new TestProxy(Map.of("passHost", false)); Raw client = other.client()) {
      other.guest(8000, call -> call.answer(call.headers("Host").getFirst()));
      assertEquals("localhost:8000", client.get(TestProxy.host(8000), "/").answer().text());
    }
  }

  @Test
  void forwardedHeadersOfProxiesBeforeStay() throws Exception {
    echo(8000);
    try (Raw client = proxy.client()) {
      String seen = client.get(TestProxy.host(8000), "/", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: a.b").answer().text();
      assertTrue(seen.contains("X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\n"), seen);
      assertTrue(seen.contains("X-Forwarded-Proto: https\r\n") && !seen.contains("X-Forwarded-Proto: http\r\n"), seen);
      assertTrue(seen.contains("X-Forwarded-Host: a.b\r\n") && seen.contains("X-Forwarded-Port: 443\r\n"), seen);
    }
  }
}
