package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is told of capsules beside their state: options, history, use, ports, limits. */
@ExtendWith(Target.Shared.class)
@Timeout(300)
class UseIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @Test
  void keepsWhatWasSaidOfACapsuleAndEndsItAtItsTime(Target target) throws Exception {
    Api api = target.api();
    JsonNode made = api.post("/v1/capsules", "{\"memory_mb\":256,\"timeout_sec\":600,\"labels\":{\"purpose\":\"test ä\"},\"envs\":{\"IT_SECRET\":\"s3 cret\"},"
        + "\"lifetime_sec\":600,\"public_ports\":false}").expect(201).json();
    String id = made.get("id").asText();
    try {
      assertEquals("test ä", made.at("/labels/purpose").asText());
      assertFalse(made.get("public_ports").asBoolean());
      assertTrue(made.get("egress").asBoolean());
      assertTrue(Instant.parse(made.get("end_at").asText()).isAfter(Instant.parse(made.get("created_at").asText())));
      assertFalse(made.toString().contains("s3 cret"), made.toString());
      assertEquals("s3 cret\n", api.sh(id, "echo \"$IT_SECRET\"").get("stdout").asText());
      List<String> states = new ArrayList<>();
      api.get("/v1/capsules/" + id + "/history").expect(200).json().forEach(change -> states.add(change.get("status").asText()));
      assertEquals("pending", states.getFirst(), states.toString());
      assertEquals("running", states.getLast(), states.toString());
      String log = api.get("/v1/capsules/" + id + "/logs").expect(200).text();
      assertFalse(log.isBlank());
      String end = api.get("/v1/capsules/" + id + "/logs?bytes=1000").expect(200).text();
      assertTrue(!end.isBlank() && end.length() <= 1000, end);
      api.get("/v1/capsules/" + id + "/logs?bytes=0").expect(400);
      api.post("/v1/capsules/" + id + "/lifetime", "{}").expect(400);
      api.post("/v1/capsules/" + id + "/lifetime", "{\"lifetime_sec\":1}").expect(200);
      Await.until("the end at its time", PATIENCE, () -> api.capsule(id).get("status").asText(), "stopped"::equals);
      api.post("/v1/capsules/" + id + "/lifetime", "{\"lifetime_sec\":1}").expect(409);
      api.get("/v1/capsules/" + id + "/metrics").expect(404);
    } finally {
      api.destroy(id);
    }
  }

  @Test
  void tellsWhatACapsuleUses(Target target) throws Exception {
    String path = "/v1/capsules/" + target.capsule + "/metrics";
    JsonNode metrics = Await.until("points", PATIENCE, () -> target.api().get(path).expect(200).json(), m -> m.get("points").size() > 1
        && full(m).has("mem_bytes"));
    assertEquals(target.capsule, metrics.get("sandbox_id").asText());
    assertEquals("10m", metrics.get("range").asText());
    JsonNode point = full(metrics);
    assertTrue(point.get("timestamp_unix").isIntegralNumber());
    assertTrue(point.get("cpu_pct").asDouble() >= 0 && point.get("cpu_pct").asDouble() <= 100, point.toString());
    assertTrue(point.get("mem_bytes").asLong() > 1 << 20, point.toString());
    assertTrue(point.get("disk_bytes").asLong() > 1 << 20, point.toString());
    for (String range : List.of("5m", "10m", "1h", "2h", "6h", "12h", "24h")) {
      assertEquals(range, target.api().get(path + "?range=" + range).expect(200).json().get("range").asText());
    }
    target.api().get(path + "?range=30d").expect(400);
    target.api().get("/v1/capsules/cl-" + "0".repeat(25) + "/metrics").expect(404);
  }

  /** The newest point that the busy guest told all of; else an empty one. */
  private static JsonNode full(JsonNode metrics) {
    JsonNode found = Target.JSON.createObjectNode();
    for (JsonNode point : metrics.get("points")) {
      found = point.has("mem_bytes") && point.has("disk_bytes") ? point : found;
    }
    return found;
  }

  @Test
  void tellsWhatTheTeamHoldsAndUsed(Target target) throws Exception {
    for (String range : List.of("5m", "1h", "6h", "24h", "30d")) {
      JsonNode stats = target.api().get("/v1/capsules/stats?range=" + range).expect(200).json();
      assertEquals(range, stats.get("range").asText());
      assertTrue(stats.at("/current/running_count").asInt() >= 1, stats.toString());
      assertTrue(stats.at("/current/memory_mb_reserved").asInt() >= 256, stats.toString());
      int samples = stats.at("/series/labels").size();
      for (String series : List.of("running", "vcpus", "memory_mb")) {
        assertEquals(samples, stats.at("/series/" + series).size(), stats.toString());
      }
    }
    target.api().get("/v1/capsules/stats?range=2h").expect(400);
    JsonNode usage = target.api().get("/v1/capsules/usage").expect(200).json();
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    assertTrue(List.of(today.toString(), today.minusDays(1).toString()).contains(usage.get("to").asText()), usage.toString());
    assertTrue(usage.get("points").isArray());
    for (String query : List.of("from=x", "from=2026-02-30", "from=2026-03-01&to=2026-02-01", "from=2025-01-01&to=2025-12-31")) {
      target.api().get("/v1/capsules/usage?" + query).expect(400);
    }
  }

  @Test
  void handlesPorts(Target target) throws Exception {
    String ports = "/v1/capsules/" + target.capsule + "/ports";
    Api api = target.api();
    assertTrue(api.get(ports + "/9000").expect(200).json().get("public").asBoolean());
    JsonNode closed = api.send("PUT", ports + "/9000", "{\"public\":false}").expect(200).json();
    assertFalse(closed.get("public").asBoolean());
    assertFalse(closed.get("token").asText().isEmpty());
    assertFalse(closed.has("url"), "nothing can stand in front of an IP address");
    JsonNode listed = api.get(ports).expect(200).json().get("ports");
    assertEquals(1, listed.size(), listed.toString());
    assertEquals(closed, listed.get(0));
    Api byName = new Api(URI.create("http://localhost:" + target.base.getPort() + "/"), "X-API-Key", target.key);
    assertEquals("http://9000-" + target.capsule + ".localhost:" + target.base.getPort(), byName.get(ports + "/9000").expect(200).json().get("url").asText());
    api.delete(ports + "/9000").expect(204);
    api.delete(ports + "/9000").expect(204);
    assertEquals(0, api.get(ports).expect(200).json().get("ports").size());
    api.get(ports + "/0").expect(400);
    api.get(ports + "/70000").expect(400);
    api.send("PUT", ports + "/9000", "{}").expect(400);
    api.get("/v1/capsules/cl-" + "0".repeat(25) + "/ports").expect(404);
  }

  @Test
  void holdsTeamsToTheirLimits(Target target) throws Exception {
    Api admin = target.session();
    JsonNode limits = target.api().get("/v1/limits").expect(200).json();
    String team = target.anonymous().post("/v1/auth/login",
        Target.JSON.createObjectNode().put("email", target.email).put("password", target.password).toString()).expect(200).json().get("team_id").asText();
    String path = "/v1/admin/teams/" + team + "/limits";
    assertEquals(limits, admin.get(path).expect(200).json());
    try {
      assertEquals(1, admin.send("PUT", path, "{\"running\":1}").expect(200).json().get("running").asInt());
      assertEquals("quota_exceeded", target.api().post("/v1/capsules", "{\"memory_mb\":256}").expect(429).json().at("/error/code").asText());
    } finally {
      admin.send("PUT", path, "{\"running\":" + limits.get("running").asInt() + "}").expect(200);
    }
    assertEquals(limits, target.api().get("/v1/limits").expect(200).json());
    admin.send("PUT", path, "{\"running\":-1}").expect(400);
    target.api().get(path).expect(401);
    target.api().send("PUT", path, "{}").expect(401);
    target.anonymous().get("/v1/limits").expect(401);
  }

  @Test
  void tellsMonitoringSystemsOnly(Target target) throws Exception {
    target.anonymous().get("/metrics").expect(401);
    String own = target.api().get("/metrics").expect(200).text();
    assertTrue(own.contains("wrenn_capsule_cpu_percent") && !own.contains("jvm_heap_used_bytes"), own);
    HttpResponse<String> answer = target.raw("GET", "/metrics", null, "Authorization", "Bearer " + target.token());
    assertEquals(200, answer.statusCode(), answer.body());
    assertTrue(answer.headers().firstValue("Content-Type").orElse("").replace(" ", "").startsWith("text/plain;version=0.0.4"));
    for (String metric : List.of("wrenn_http_requests_total", "wrenn_host_capsules", "wrenn_capsule_cpu_percent", "jvm_heap_used_bytes")) {
      assertTrue(answer.body().contains("\n" + metric), metric + " in " + answer.body());
    }
    assertEquals("ok", target.anonymous().get("/health/live").expect(200).json().get("status").asText());
    assertEquals("ok", target.anonymous().get("/api/health/ready").expect(200).json().get("status").asText());
  }

  @Test
  void boundsHeadersAndAddresses(Target target) throws Exception {
    for (String path : List.of("/v1/capsules", "/sandboxes", "/console/")) {
      HttpResponse<String> headers = target.raw("GET", path, null, "X-API-Key", target.key, "X-Long", "x".repeat(70_000));
      assertEquals(431, headers.statusCode());
      assertTrue(headers.body().startsWith("{\"error\":{\"code\":\"headers_too_large\",\"message\":\""), headers.body());
      HttpResponse<String> uri = target.raw("GET", path + "?x=" + "x".repeat(70_000), null, "X-API-Key", target.key);
      assertEquals(414, uri.statusCode());
      assertTrue(uri.body().startsWith("{\"error\":{\"code\":\"uri_too_long\",\"message\":\"") && uri.body().contains("\"code\":414,"), uri.body());
    }
    target.api().get("/v1/capsules?x=" + "x".repeat(3_000)).expect(200);
  }
}
