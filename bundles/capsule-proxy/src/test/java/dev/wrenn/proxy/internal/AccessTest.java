package dev.wrenn.proxy.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.proxy.internal.Raw.Answer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets in, and what those hear that do not. */
class AccessTest {
  private static final String[] E2B = {"E2b-Sandbox-Id: " + TestPorts.CAPSULE.replace("-", ""), "E2b-Sandbox-Port: 8000"};
  private static final String[] AGENT = {"E2b-Sandbox-Id: " + TestPorts.CAPSULE.replace("-", ""), "E2b-Sandbox-Port: 49983"};
  private static final String SIGNATURE = "v1_gUtH/s9YCJWgCizjfUxuWfhFE4QSydOWEIIvfLwDr6E";
  private TestProxy proxy;

  @BeforeEach
  void start() throws Exception {
    proxy = new TestProxy(Map.of("serviceWaitMillis", 50L));
    proxy.guest(8000, call -> {
      call.body();
      call.answer(call.head);
    });
    proxy.guest(Route.AGENT_PORT, call -> {
      call.body();
      call.answer("agent " + call.head);
    });
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
  }

  private Answer get(String host, String target, String... lines) throws Exception {
    try (Raw client = proxy.client()) {
      return client.get(host, target, lines).answer();
    }
  }

  private static String[] with(String[] lines, String... more) {
    return java.util.stream.Stream.of(lines, more).flatMap(java.util.Arrays::stream).toArray(String[]::new);
  }

  @Test
  void anApiThatIsNotThereYetIsNoCapsuleThatHasGone() throws Exception {
    ErrorHandler usual = new ErrorHandler();
    assertEquals(TestProxy.PAGE, get("localhost", "/v1/capsules/cl-x").text());
    proxy.row().getFirst().getServer().setErrorHandler(usual);
    for (String accept : List.of("Accept: */*", "Accept: application/json")) {
      for (String target : List.of("/v1/capsules/unknown", "/api/v1/unknown")) {
        Answer answer = get("localhost", target, accept);
        assertEquals(503, answer.status());
        assertEquals("2", answer.header("Retry-After"));
        assertTrue(answer.text().contains("\"code\":\"unavailable\""), answer.text());
        assertEquals(404, get("localhost", target, accept, "Known: 1").status());
      }
      assertEquals(404, get("localhost", "/console/unknown", accept).status());
    }
    assertEquals(TestProxy.PAGE, get("localhost", "/v1/capsules/cl-x").text());
  }

  @Test
  void aPlatformThatStartsDoesNotSayThatThereIsNothing() throws Exception {
    assertEquals(200, get("localhost", "/").status());
    proxy.withoutPages();
    for (String target : List.of("/v1/capsules/cl-x", "/sandboxes/x", "/health")) {
      Answer answer = get("localhost", target);
      assertEquals(503, answer.status());
      assertEquals("2", answer.header("Retry-After"));
      String words = "\"message\":\"the platform is starting, or a part of it is being replaced; try again in some seconds\"}";
      assertEquals("{\"error\":{\"code\":\"unavailable\"," + words + ",\"code\":503," + words, answer.text());
    }
    assertEquals(200, get(TestProxy.host(8000), "/").status());
  }

  @Test
  void whatTheListenerRefusesIsSaidInEveryClientsForm() throws Exception {
    assertEquals(200, get("localhost", "/").status());
    String tooLong = "{\"code\":\"uri_too_long\",\"message\":\"the address is longer than 8192 bytes; send long values in the body\"}";
    String tooLarge = "the headers are longer than 8192 bytes together; send fewer or shorter ones";
    for (String host : List.of("localhost", TestProxy.host(8000))) {
      for (String target : List.of("/v1/capsules", "/sandboxes", "/anything")) {
        Answer uri = get(host, target + "?x=" + "x".repeat(9000));
        assertEquals(414, uri.status());
        assertEquals("application/json", uri.header("Content-Type"));
        assertTrue(uri.text().startsWith("{\"error\":" + tooLong + ",\"code\":414,\"message\":\"the address"), uri.text());
        for (String method : List.of("GET", "PUT", "DELETE")) {
          try (Raw client = proxy.client()) {
            Answer headers = client.request(method, host, target, "X-Long: " + "x".repeat(9000)).answer();
            assertEquals(431, headers.status());
            assertEquals("{\"error\":{\"code\":\"headers_too_large\",\"message\":\"" + tooLarge + "\"},\"code\":431,\"message\":\"" + tooLarge + "\"}",
                headers.text());
          }
        }
      }
    }
    try (Raw client = proxy.client()) {
      Answer bad = client.send("GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: \"x\"\r\n\r\n").answer();
      assertEquals(400, bad.status());
      assertTrue(bad.text().startsWith("{\"error\":{\"code\":\"invalid_request\",\"message\":\"the request was refused: "), bad.text());
    }
    proxy.remove(proxy.door);
    Answer without = get("localhost", "/?x=" + "x".repeat(9000));
    assertEquals(414, without.status());
    assertFalse(without.text().contains("uri_too_long"), "the server's own words are back: " + without.text());
  }

  @Test
  void badNamesAndPairs() throws Exception {
    assertEquals(400, get("0-" + TestPorts.CAPSULE + ".x", "/").status());
    assertEquals(400, get("65536-" + TestPorts.CAPSULE + ".x", "/").status());
    assertEquals(400, get("99999999999999999999-" + TestPorts.CAPSULE + ".x", "/").status());
    assertEquals(400, get("8000-cl-short.x", "/").status());
    assertEquals(400, get("8000-cl-a_b.x", "/").status());
    for (String line : List.of("E2b-Sandbox-Id: " + TestPorts.CAPSULE, "E2b-Sandbox-Port: 1", "X-Wrenn-Capsule: " + TestPorts.CAPSULE, "X-Wrenn-Port: 1")) {
      Answer answer = get("localhost", "/", line);
      assertEquals(400, answer.status(), line);
      assertTrue(answer.text().contains("missing header"), answer.text());
    }
    for (String port : List.of("", "x", "-1", "0", "70000", "1 2", "٣")) {
      assertEquals(400, get("localhost", "/", "X-Wrenn-Capsule: " + TestPorts.CAPSULE, "X-Wrenn-Port: " + port).status(), port);
    }
    assertEquals(400, get("localhost", "/", "X-Wrenn-Capsule: ../..", "X-Wrenn-Port: 1").status());
    assertEquals(400, get("localhost", "/", "E2b-Sandbox-Id: <x>", "E2b-Sandbox-Port: 1").status());
    assertEquals(400, get("localhost", "/", with(E2B, "E2b-Sandbox-Id: " + TestPorts.CAPSULE)).status());
  }

  @Test
  void eachKindOfClientHearsItsOwnWords() throws Exception {
    String unknown = "cl-zzzzzzzzzzzzzzzzzzzzzzzzz";
    assertEquals(404, get("8000-" + unknown + ".x", "/").status());
    assertEquals("{\"error\":{\"code\":\"not_found\",\"message\":\"there is no capsule " + unknown + "\"}}", get("8000-" + unknown + ".x", "/").text());
    assertEquals(409, get("8000-" + TestPorts.STOPPED + ".x", "/").status());
    Answer closed = get(TestProxy.host(8001), "/");
    assertEquals(502, closed.status());
    assertTrue(closed.text().contains("\"port_closed\""), closed.text());
    for (String id : List.of("i1a2b3c4d5e6f7g8h9i0k", unknown.replace("-", ""), TestPorts.STOPPED.replace("-", ""))) {
      Answer gone = get("localhost", "/", "E2b-Sandbox-Id: " + id, "E2b-Sandbox-Port: 49983");
      assertEquals(502, gone.status());
      assertEquals("application/json", gone.header("Content-Type"));
      assertEquals("{\"sandboxId\":\"" + id + "\",\"message\":\"The sandbox was not found\",\"code\":502}", gone.text());
    }
    assertEquals(502, get("8000-" + unknown.replace("-", "") + ".x", "/").status());
    Answer port = get("localhost", "/", E2B[0], "E2b-Sandbox-Port: 8001");
    assertEquals(502, port.status());
    assertEquals("{\"sandboxId\":\"" + TestPorts.CAPSULE.replace("-", "")
        + "\",\"message\":\"The sandbox is running but port is not open\",\"port\":8001,\"code\":502}", port.text());
    Map<Code, Integer> codes = Map.of(Code.RATE_LIMITED, 429, Code.HOST_UNAVAILABLE, 503, Code.UNAVAILABLE, 503, Code.FORBIDDEN, 403);
    for (var each : codes.entrySet()) {
      proxy.ports.failure = Optional.of(each.getKey());
      assertEquals(each.getValue(), get(TestProxy.host(8000), "/").status());
      assertEquals(each.getValue(), get("localhost", "/", E2B).status());
    }
    assertEquals(400, get("localhost", "/", "X-Wrenn-Capsule: " + unknown, "X-Wrenn-Port: 0").status());
  }

  @Test
  void peopleGetAPage() throws Exception {
    Answer page = get(TestProxy.host(8001), "/", "Accept: text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent: Mozilla/5.0");
    assertEquals(502, page.status());
    assertTrue(page.header("Content-Type").startsWith("text/html"), page.head());
    assertTrue(page.text().contains("nothing listens on port 8001"), page.text());
    assertTrue(get(TestProxy.host(8001), "/", "User-Agent: Mozilla/5.0").header("Content-Type").startsWith("text/html"));
    assertEquals("application/json", get(TestProxy.host(8001), "/", "User-Agent: Mozilla/5.0", "Accept: */*", "Sec-Fetch-Mode: cors").header("Content-Type"));
    assertEquals("application/json", get(TestProxy.host(8001), "/", "User-Agent: curl/8", "Accept: */*").header("Content-Type"));
    try (Raw client = proxy.client()) {
      Answer head = client.request("HEAD", TestProxy.host(8001), "/").answer(true);
      assertEquals(502, head.status());
      assertEquals(502, client.get(TestProxy.host(8001), "/").answer().status());
    }
  }

  @Test
  void refusalOfAnUploadIsRead() throws Exception {
    try (Raw client = proxy.client()) {
      int length = 4 << 20;
      client.request("POST", TestProxy.host(8001), "/", "Content-Length: " + length);
      client.out.write(new byte[length]);
      client.out.flush();
      assertEquals(502, client.answer().status());
      assertEquals(200, client.get(TestProxy.host(8000), "/").answer().status());
    }
  }

  @Test
  void portWithTokenOpensToItsHoldersOnly() throws Exception {
    proxy.ports.closedToMost.add(8000);
    String host = TestProxy.host(8000);
    assertEquals(403, get(host, "/").status());
    assertEquals(403, get(host, "/", "X-Wrenn-Port-Token: wrong").status());
    assertEquals(403, get(host, "/?wrenn_port_token=wrong").status());
    assertTrue(get(host, "/", "Accept: text/html").text().contains("name=\"wrenn_port_token\""), "a page to give it");
    for (String header : List.of("X-Wrenn-Port-Token", "e2b-traffic-access-token", "E2B-Traffic-Access-Token")) {
      Answer answer = get(host, "/", header + ": " + TestPorts.TOKEN);
      assertEquals(200, answer.status());
      assertFalse(answer.text().contains(TestPorts.TOKEN), answer.text());
    }
    assertEquals(200, get("localhost", "/", with(E2B, "e2b-traffic-access-token: " + TestPorts.TOKEN)).status());
    assertEquals(403, get("localhost", "/", E2B).status());
  }

  @Test
  void tokenInTheAddressBecomesACookie() throws Exception {
    proxy.ports.closedToMost.add(8000);
    String host = TestProxy.host(8000) + ":" + proxy.port();
    Answer led = get(host, "//a%2Fb?x=1&wrenn_port_token=" + TestPorts.TOKEN + "&y=%20");
    assertEquals(303, led.status());
    assertEquals("http://" + host + "//a%2Fb?x=1&y=%20", led.header("Location"));
    assertEquals("wrenn_port_token=" + TestPorts.TOKEN + "; Path=/; HttpOnly; SameSite=Lax", led.header("Set-Cookie"));
    assertTrue(get(host, "/?wrenn_port_token=" + TestPorts.TOKEN, "X-Forwarded-Proto: https").header("Set-Cookie").endsWith("; Secure"));
    Answer in = get(host, "/x", "Cookie: a=1; wrenn_port_token=" + TestPorts.TOKEN + "; b=2");
    assertEquals(200, in.status());
    assertTrue(in.text().contains("Cookie: a=1; b=2\r\n"), in.text());
    Answer bare = get(host, "/x", "Cookie: wrenn_port_token=" + TestPorts.TOKEN);
    assertFalse(bare.text().contains("Cookie"), bare.text());
    try (Raw client = proxy.client()) {
      Answer posted = client.request("POST", host, "/p?wrenn_port_token=" + TestPorts.TOKEN, "Content-Length: 2").send("ab").answer();
      assertEquals(200, posted.status());
      assertTrue(posted.text().startsWith("POST /p HTTP/1.1\r\n"), posted.text());
    }
    Answer byHeader = get("localhost", "/p?wrenn_port_token=" + TestPorts.TOKEN + "&z", E2B);
    assertEquals(200, byHeader.status());
    assertTrue(byHeader.text().startsWith("GET /p?z HTTP/1.1\r\n"), byHeader.text());
    assertNull(byHeader.header("Set-Cookie"));
  }

  @Test
  void consoleSessionStaysAtHome() throws Exception {
    Answer answer = get("localhost", "/", with(E2B, "Cookie: JSESSIONID=secret; mine=1", "Authorization: Basic dXNlcjo="));
    assertFalse(answer.text().contains("secret"), answer.text());
    assertTrue(answer.text().contains("Cookie: mine=1\r\n") && answer.text().contains("Authorization: Basic dXNlcjo=\r\n"), answer.text());
    assertTrue(get(TestProxy.host(8000), "/", "Cookie: JSESSIONID=theirs").text().contains("JSESSIONID=theirs"));
    proxy.guest(8002, call -> call.send("HTTP/1.1 200 OK\r\nSet-Cookie: JSESSIONID=fixed\r\nSet-Cookie: wrenn_port_token=x\r\nSet-Cookie: ok=1\r\nContent-Length: 0\r\n\r\n"));
    assertEquals(List.of("ok=1"), get("localhost", "/", E2B[0], "E2b-Sandbox-Port: 8002").headers("Set-Cookie"));
    assertEquals(List.of("JSESSIONID=fixed", "ok=1"), get(TestProxy.host(8002), "/").headers("Set-Cookie"));
  }

  @Test
  void agentIsForItsClients() throws Exception {
    String host = TestProxy.host(Route.AGENT_PORT);
    assertEquals(403, get(host, "/").status());
    assertEquals(403, get(host, "/init", "X-Access-Token: ").status());
    assertEquals(403, get("localhost", "/health", "X-Wrenn-Capsule: " + TestPorts.CAPSULE, "X-Wrenn-Port: 49983").status());
    assertEquals(403, get("localhost", "/", "X-Wrenn-Capsule: " + TestPorts.CAPSULE, "X-Wrenn-Port: 49983", "X-Access-Token: " + TestPorts.ACCESS).status());
    Answer withToken = get(host, "/envs", "X-Access-Token: " + TestPorts.ACCESS);
    assertTrue(withToken.text().startsWith("agent GET /envs HTTP/1.1") && withToken.text().contains("X-Access-Token: " + TestPorts.ACCESS), withToken.text());
    assertEquals(200, get(host, "/files?path=x&signature=v1_abc").status());
    String plain = host.replace("cl-", "cl");
    assertEquals(200, get(plain, "/health").status());
    assertEquals(403, get(host, "/health").status(), "only E2B's clients, who write the id so, ask without a token");
    Answer byHeaders = get("localhost", "/envs", AGENT);
    assertEquals(200, byHeaders.status());
    assertFalse(byHeaders.text().contains("X-Access-Token"), byHeaders.text());
    proxy.ports.agentToken = Optional.of("put-in");
    assertTrue(get("localhost", "/envs", AGENT).text().contains("X-Access-Token: put-in\r\n"));
    String own = get("localhost", "/envs", with(AGENT, "X-Access-Token: mine-own")).text();
    assertTrue(own.contains("X-Access-Token: mine-own\r\n") && !own.contains("put-in"), own);
    try (Raw client = proxy.client()) {
      assertTrue(client.request("OPTIONS", plain, "/files", "Origin: http://a", "Access-Control-Request-Method: GET").answer().text()
          .startsWith("agent OPTIONS /files"));
    }
    proxy.ports.servers.remove(Route.AGENT_PORT);
    assertEquals(502, get("localhost", "/health", AGENT).status());
  }

  @Test
  void signedAddressNamesNoCapsuleAndFindsItAllTheSame() throws Exception {
    String good = "/files?path=hello.txt&username=user&signature=" + SIGNATURE;
    assertTrue(get("localhost", good).text().startsWith("agent GET " + good), "found");
    assertTrue(get("localhost", good.replace("/s9", "%2Fs9")).text().startsWith("agent GET "));
    assertEquals(401, get("localhost", good.replace("hello", "other")).status());
    assertEquals(401, get("localhost", good + "&signature_expiration=1").status());
    try (Raw client = proxy.client()) {
      assertEquals(401, client.request("POST", "localhost", good, "Content-Length: 1").send("x").answer().status(), "signed for reading");
      assertEquals(200, client.request("OPTIONS", "localhost", good, "Origin: http://a", "Access-Control-Request-Method: GET").answer().status());
    }
    assertEquals(TestProxy.PAGE, get("localhost", "/files?path=hello.txt").text());
    assertEquals(TestProxy.PAGE, get("localhost", "/other?signature=" + SIGNATURE).text());
  }

  @Test
  void onlyWhoHasTheTokenWakesAndLookingDoesNot() throws Exception {
    String host = TestProxy.host(Route.AGENT_PORT);
    String signed = "/files?path=hello.txt&username=user&signature=" + SIGNATURE;
    get("localhost", "/envs", with(AGENT, "X-Access-Token: " + TestPorts.ACCESS));
    get("localhost", signed);
    get(host, signed);
    assertEquals(List.of(true, true, true), List.copyOf(proxy.ports.keys));
    proxy.ports.keys.clear();
    get("localhost", "/envs", AGENT);
    get("localhost", "/envs", with(AGENT, "X-Access-Token: mine-own"));
    get(host, signed.replace("hello", "other"));
    get(host, signed + "&signature_expiration=1");
    assertEquals(List.of(false, false, false, false), List.copyOf(proxy.ports.keys));
    proxy.ports.keys.clear();
    for (String look : List.of("/health", "/metrics")) {
      assertEquals(200, get("localhost", look, with(AGENT, "X-Access-Token: " + TestPorts.ACCESS)).status());
    }
    try (Raw client = proxy.client()) {
      assertEquals(200, client.request("OPTIONS", host.replace("cl-", "cl"), "/files", "Origin: http://a", "Access-Control-Request-Method: GET").answer().status());
    }
    assertEquals(List.of(), List.copyOf(proxy.ports.keys));
  }

  @Test
  void whoWaitedTooLongForACapsuleToWakeMayTryAgain() throws Exception {
    proxy.ports.failure = Optional.of(Code.UNAVAILABLE);
    for (String[] lines : List.of(E2B, AGENT)) {
      Answer answer = get("localhost", "/envs", lines);
      assertEquals(503, answer.status());
      assertEquals("1", answer.header("Retry-After"));
      assertTrue(answer.text().contains("as the test wants it"), answer.text());
    }
    assertEquals("1", get(TestProxy.host(8000), "/").header("Retry-After"));
  }

  @Test
  void pagesOfOtherOriginsMaySendE2bsHeaders() throws Exception {
    try (Raw client = proxy.client()) {
      String asked = "content-type,e2b-sandbox-id,e2b-sandbox-port,x-access-token";
      Answer answer = client.request("OPTIONS", "localhost", "/process.Process/Start", "Origin: http://a", "Access-Control-Request-Method: POST",
          "Access-Control-Request-Headers: " + asked).answer();
      assertEquals(204, answer.status());
      assertEquals(asked, answer.header("Access-Control-Allow-Headers"));
      assertEquals("*", answer.header("Access-Control-Allow-Origin"));
      assertEquals(TestProxy.PAGE, client.request("OPTIONS", "localhost", "/v1", "Origin: http://a", "Access-Control-Request-Method: POST",
          "Access-Control-Request-Headers: x-api-key").answer().text());
    }
  }

  @Test
  void platformWithoutItsPartSaysSo() throws Exception {
    proxy.door.unbindPorts(proxy.ports);
    assertEquals(503, get(TestProxy.host(8000), "/").status());
    assertEquals(503, get("localhost", "/", E2B).status());
    assertEquals(TestProxy.PAGE, get("localhost", "/").text());
    proxy.door.bindPorts(proxy.ports);
    assertEquals(200, get(TestProxy.host(8000), "/").status());
  }
}
