package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The list before the servlets answers as JAX-RS does, which is still asked when the address has a query. */
class ListHandlerTest {
  private static final String BY_HANDLER = "/v1/capsules";
  private static final String BY_JAX_RS = "/v1/capsules?plain";
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer(Map.of("serviceWaitMillis", 50L));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
    return server.send(server.request(path).headers(headers));
  }

  private static Map<String, List<String>> headers(HttpResponse<?> response) {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(response.headers().map());
    headers.remove("Date");
    return headers;
  }

  private void same(int status, String... headers) throws IOException, InterruptedException {
    HttpResponse<String> ours = get(BY_HANDLER, headers);
    HttpResponse<String> theirs = get(BY_JAX_RS, headers);
    assertEquals(List.of(status, status), List.of(ours.statusCode(), theirs.statusCode()));
    assertEquals(theirs.body().replace(BY_JAX_RS, BY_HANDLER), ours.body());
    assertEquals(headers(theirs), headers(ours));
    assertEquals(ours.body(), get("/api" + BY_HANDLER, headers).body().replace("/api", ""));
  }

  @Test
  void answersAreThoseOfJaxRs() throws Exception {
    String[] key = {"X-API-Key", TestPlatform.KEY, "X-Request-Id", "mine"};
    same(200, key);
    same(200, "X-API-Key", TestPlatform.KEY, "X-Request-Id", "mine", "If-None-Match", "\"other\"");
  }

  @Test
  void refusalsAreThoseOfJaxRs() throws Exception {
    same(401, "X-Request-Id", "mine");
    same(401, "X-API-Key", "wrn_wrong", "X-Request-Id", "mine");
    same(401, "X-Request-Id", "mine", "Accept", "application/problem+json");
    server.services.unbindCapsules(server.platform);
    same(503, "X-API-Key", TestPlatform.KEY, "X-Request-Id", "mine");
  }

  @Test
  void requestsOfItAreCounted() throws Exception {
    for (int i = 0; i < 3; i++) {
      get(BY_HANDLER, "X-API-Key", TestPlatform.KEY);
    }
    // The last one may be counted a moment after its answer has come.
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (server.answers("GET", 200) < 3 && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertEquals(3, server.answers("GET", 200));
  }
}
