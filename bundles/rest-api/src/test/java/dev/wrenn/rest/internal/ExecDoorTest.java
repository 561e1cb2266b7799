package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands past JAX-RS are answered as JAX-RS does, which is still asked when the path has parameters. */
class ExecDoorTest {
  private static final String UNKNOWN = "cl-0000000000000000000000009";
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer(Map.of("maxBodyBytes", 1000));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private HttpResponse<String> exec(String path, String key, String body) throws Exception {
    return server.send(server.request(path).header("X-API-Key", key).header("X-Request-Id", "mine").POST(BodyPublishers.ofString(body)));
  }

  private void same(int status, String capsule, String key, String body) throws Exception {
    HttpResponse<String> ours = exec("/v1/capsules/" + capsule + "/exec", key, body);
    HttpResponse<String> theirs = exec("/v1/capsules/" + capsule + ";plain/exec", key, body);
    assertEquals(List.of(status, status), List.of(ours.statusCode(), theirs.statusCode()), ours.body());
    assertEquals(without(theirs.body()), without(ours.body()));
    assertEquals(headers(theirs), headers(ours));
    assertEquals(status, exec("/api/v1/capsules/" + capsule + "/exec?a=b", key, body).statusCode());
  }

  /** What differs each time, and with it the length. */
  private static String without(String body) {
    return body.replaceAll("\"(duration_ms|pid)\":\\d+", "\"$1\":0");
  }

  private static Map<String, List<String>> headers(HttpResponse<?> response) {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(response.headers().map());
    headers.remove("Date");
    headers.computeIfPresent("Content-Length", (name, length) -> List.of("some"));
    return headers;
  }

  @Test
  void answersAreThoseOfJaxRs() throws Exception {
    String capsule = server.post("/v1/capsules", "{}").body().replaceFirst("(?s).*\"id\":\"([^\"]+)\".*", "$1");
    same(200, capsule, TestPlatform.KEY, "{\"cmd\":\"echo\",\"args\":[\"ä\"]}");
    same(200, capsule, TestPlatform.KEY, "{\"cmd\":\"/no/such/program\"}");
    same(202, capsule, TestPlatform.KEY, "{\"cmd\":\"true\",\"background\":true,\"tag\":\"t\"}");
    same(400, capsule, TestPlatform.KEY, "");
    same(400, capsule, TestPlatform.KEY, "{\"cmd\":7}");
    same(413, capsule, TestPlatform.KEY, "{\"cmd\":\"" + "x".repeat(2000) + "\"}");
    same(401, capsule, "wrn_wrong", "{\"cmd\":\"true\"}");
    same(404, UNKNOWN, TestPlatform.KEY, "{\"cmd\":\"true\"}");
  }
}
