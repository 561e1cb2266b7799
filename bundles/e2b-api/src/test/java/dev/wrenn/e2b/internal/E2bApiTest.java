package dev.wrenn.e2b.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.e2b.internal.TestServer.Answer;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class E2bApiTest {
  private static final String UNKNOWN = "cl9999999999999999999999999";

  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer("");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private String create(String body) throws Exception {
    Answer answer = server.post("/v2/sandboxes", body);
    assertEquals(201, answer.status(), answer.json()::toString);
    return answer.json().get("sandboxID").asText();
  }

  private static void failed(int status, Answer answer) {
    assertEquals(status, answer.status(), answer.json()::toString);
    assertTrue(answer.json().get("code").isInt());
    assertEquals(status, answer.json().get("code").asInt());
    assertFalse(answer.json().get("message").asText().isBlank());
  }

  @Test
  void knowsItsCallers() throws Exception {
    failed(401, server.send("GET", "/v2/sandboxes", null, null));
    failed(401, server.send("GET", "/v2/sandboxes", null, "e2b_wrong"));
    assertEquals(200, server.send("GET", "/v2/sandboxes", null, "wrn_" + TestPlatform.KEY).status());
    assertEquals(200, server.send("GET", "/sandboxes", null, "e2b_" + TestPlatform.KEY).status());
  }

  @Test
  void createsAsNewClientsAsk() throws Exception {
    Answer answer = server.post("/v2/sandboxes", "{\"templateID\":\"base\",\"somethingNew\":{\"a\":[1]},\"network\":null,\"mcp\":null}");
    assertEquals(201, answer.status(), answer.json()::toString);
    JsonNode made = answer.json();
    assertEquals("cl0000000000000000000000001", made.get("sandboxID").asText());
    assertEquals("minimal", made.get("templateID").asText());
    assertEquals("base", made.get("alias").asText());
    assertEquals("0.6.9", made.get("envdVersion").asText());
    assertEquals("access-secret", made.get("envdAccessToken").asText());
    assertFalse(made.get("clientID").asText().isEmpty());
    assertFalse(made.has("trafficAccessToken"));
    assertFalse(made.has("domain"));
    assertEquals(Optional.of(Duration.ofSeconds(300)), server.platform.lastOrder.lifetime());
    assertEquals(Optional.of("user"), server.platform.lastOrder.options().user());
    assertTrue(server.platform.lastOrder.options().secured());
    assertTrue(server.platform.lastOrder.options().egress());
  }

  @Test
  void createsAsOldClientsAsk() throws Exception {
    Answer answer = server.post("/sandboxes", "{\"templateID\":\"minimal:default\",\"metadata\":{\"a\":\"b\"},\"envVars\":{\"C\":\"d\"}}");
    assertEquals(201, answer.status(), answer.json()::toString);
    assertFalse(answer.json().has("envdAccessToken"));
    assertEquals(Optional.of(Duration.ofSeconds(15)), server.platform.lastOrder.lifetime());
    assertFalse(server.platform.lastOrder.options().secured());
    assertEquals(Map.of("a", "b"), server.platform.lastOrder.options().labels());
    assertEquals(Map.of("C", "d"), server.platform.lastOrder.options().env());
    Answer secure = server.post("/sandboxes", "{\"templateID\":\"base\",\"secure\":true,\"timeout\":60,\"allow_internet_access\":false,"
        + "\"network\":{\"allowPublicTraffic\":false}}");
    assertEquals("access-secret", secure.json().get("envdAccessToken").asText());
    assertEquals("port-secret", secure.json().get("trafficAccessToken").asText());
    assertFalse(server.platform.lastOrder.options().egress());
    assertFalse(server.platform.lastOrder.options().publicPorts());
  }

  @Test
  void namesItsDomainWhenItHasOne() throws Exception {
    try (TestServer named = new TestServer("capsules.test:8443")) {
      assertEquals("capsules.test:8443", named.post("/v2/sandboxes", "{\"templateID\":\"base\"}").json().get("domain").asText());
    }
  }

  @Test
  void refusesWhatItCanNotKeep() throws Exception {
    for (String bad : List.of("{}", "{\"templateID\":\"base\",\"timeout\":0}", "{\"templateID\":\"base\",\"timeout\":-5}", "{\"templateID\":\"base\",\"timeout\":7201}",
        "{\"templateID\":\"base\",\"metadata\":{\"a\":null}}", "[]", "{", "{\"templateID\":\"base\",\"timeout\":\"soon\"}",
        "{\"templateID\":\"base\",\"autoPauseMemory\":false}")) {
      failed(400, server.post("/v2/sandboxes", bad));
    }
    assertTrue(server.post("/v2/sandboxes", "{\"templateID\":\"base\",\"timeout\":7201}").json().get("message").asText().contains("2 hours"));
    failed(400, server.post("/sandboxes", "{\"templateID\":\"base\",\"network\":{\"allowPublicTraffic\":false}}"));
    failed(404, server.post("/v2/sandboxes", "{\"templateID\":\"code-interpreter-v1\"}"));
    for (String later : List.of("\"volumeMounts\":[{\"name\":\"v\",\"path\":\"/mnt\"}]", "\"network\":{\"allowOut\":[\"1.1.1.1\"]}",
        "\"network\":{\"denyOut\":[\"1.1.1.1\"]}", "\"network\":{\"rules\":{\"a.example\":[]}}", "\"network\":{\"egressProxy\":\"p:1\"}", "\"iam\":{\"tokens\":{}, \"x\":1}")) {
      failed(501, server.post("/v2/sandboxes", "{\"templateID\":\"base\"," + later + "}"));
    }
    assertNull(server.platform.lastOrder);
    create("{\"templateID\":\"base\",\"network\":{\"denyOut\":[\"0.0.0.0/0\"],\"allowOut\":[],\"rules\":{}},\"volumeMounts\":[],\"iam\":{}}");
    assertFalse(server.platform.lastOrder.options().egress());
  }

  @Test
  void tellsWhenToTryAgain() throws Exception {
    server.platform.refusal = new PlatformException(PlatformException.Code.QUOTA_EXCEEDED, "too many");
    Answer many = server.post("/v2/sandboxes", "{\"templateID\":\"base\"}");
    failed(429, many);
    assertTrue(Integer.parseInt(many.header("Retry-After")) > 0);
    server.platform.refusal = new PlatformException(PlatformException.Code.NO_HOSTS_AVAILABLE, "no room");
    failed(503, server.post("/v2/sandboxes", "{\"templateID\":\"base\"}"));
    server.platform.refusal = new PlatformException(PlatformException.Code.INVALID_STATE, "not now");
    failed(409, server.post("/v2/sandboxes", "{\"templateID\":\"base\"}"));
  }

  @Test
  void showsAndEnds() throws Exception {
    String id = create("{\"templateID\":\"base\",\"metadata\":{\"a\":\"b\"}}");
    for (String form : List.of(id, "cl-" + id.substring(2), id + "-wrenn")) {
      JsonNode detail = server.get("/sandboxes/" + form).json();
      assertEquals(id, detail.get("sandboxID").asText());
      assertEquals("running", detail.get("state").asText());
      assertEquals("b", detail.get("metadata").get("a").asText());
      assertTrue(detail.get("endAt").asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"));
      assertEquals("access-secret", detail.get("envdAccessToken").asText());
    }
    assertEquals(204, server.send("DELETE", "/sandboxes/" + id, null).status());
    failed(404, server.send("DELETE", "/sandboxes/" + id, null));
    failed(404, server.get("/sandboxes/" + id));
    failed(404, server.get("/sandboxes/" + UNKNOWN));
    failed(404, server.get("/sandboxes/nothing"));
    failed(404, server.post("/sandboxes/" + id + "/timeout", "{\"timeout\":10}"));
    failed(404, server.post("/v2/sandboxes/" + id + "/connect", ""));
    assertEquals(0, server.get("/v2/sandboxes").json().size());
  }

  @Test
  void setsTheEndAndPutsItOff() throws Exception {
    String id = create("{\"templateID\":\"base\",\"timeout\":600}");
    Instant first = end(id);
    assertEquals(200, server.post("/v2/sandboxes/" + id + "/connect", "{\"timeout\":10}").status());
    assertEquals(200, server.post("/sandboxes/" + id + "/connect", "{\"timeout\":10}").status());
    assertEquals(200, server.post("/v2/sandboxes/" + id + "/connect", null).status());
    assertEquals(204, server.post("/sandboxes/" + id + "/refreshes", "{\"duration\":1}").status());
    assertEquals(first, end(id));
    failed(400, server.post("/sandboxes/" + id + "/connect", "{}"));
    failed(400, server.post("/sandboxes/" + id + "/connect", "{\"timeout\":7201}"));
    Answer connected = server.post("/sandboxes/" + id + "/connect", "{\"timeout\":7000}");
    assertEquals("access-secret", connected.json().get("envdAccessToken").asText());
    assertTrue(end(id).isAfter(first.plusSeconds(6000)));
    assertEquals(204, server.post("/sandboxes/" + id + "/timeout", "{\"timeout\":60}").status());
    assertTrue(end(id).isBefore(first));
    assertEquals(204, server.post("/sandboxes/" + id + "/timeout", "{\"timeout\":-7}").status());
    assertFalse(end(id).isAfter(Instant.now()));
  }

  private Instant end(String id) throws Exception {
    return Instant.parse(server.get("/sandboxes/" + id).json().get("endAt").asText());
  }

  @Test
  void listsWhatFits() throws Exception {
    String one = create("{\"templateID\":\"base\",\"metadata\":{\"k &=ü\":\"v %41+\",\"n\":\"1\"}}");
    String two = create("{\"templateID\":\"base\",\"metadata\":{\"n\":\"2\"}}");
    String three = create("{\"templateID\":\"base\"}");
    server.platform.put(server.platform.capsules.get("cl-" + two.substring(2)), CapsuleStatus.PAUSED);
    Answer all = server.get("/v2/sandboxes");
    assertEquals(List.of(three, two, one), ids(all));
    assertEquals("2", all.header("X-Total-Running"));
    assertNull(all.header("X-Next-Token"));
    assertEquals(List.of(one, two, three), ids(server.get("/v2/sandboxes?order=asc")));
    assertEquals(List.of(two), ids(server.get("/v2/sandboxes?state=paused")));
    assertNull(server.get("/v2/sandboxes?state=paused").header("X-Total-Running"));
    assertEquals(List.of(three, two, one), ids(server.get("/v2/sandboxes?state=running,paused")));
    assertEquals(List.of(three, one), ids(server.get("/sandboxes")));
    assertEquals(List.of(one), ids(server.get("/v2/sandboxes?metadata=" + metadata(Map.of("k &=ü", "v %41+")))));
    assertEquals(List.of(one), ids(server.get("/sandboxes?metadata=" + metadata(Map.of("k &=ü", "v %41+", "n", "1")))));
    assertEquals(List.of(), ids(server.get("/v2/sandboxes?metadata=" + metadata(Map.of("k &=ü", "v %41+", "n", "2")))));
    assertEquals(List.of(three, two, one), ids(server.get("/v2/sandboxes?template=base")));
    assertEquals(List.of(), ids(server.get("/v2/sandboxes?template=other")));
    assertEquals(List.of(), ids(server.get("/v2/sandboxes?startedAfter=2100-01-01T00:00:00Z")));
    for (String bad : List.of("order=up", "state=dead", "limit=0", "limit=x", "nextToken=x", "startedAfter=x", "metadata=%25zz")) {
      failed(400, server.get("/v2/sandboxes?" + bad));
    }
  }

  @Test
  void listsPageByPage() throws Exception {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.addFirst(create("{\"templateID\":\"base\"}"));
    }
    List<String> seen = new ArrayList<>();
    String next = "";
    while (next != null) {
      Answer page = server.get("/v2/sandboxes?limit=2" + (next.isEmpty() ? "" : "&nextToken=" + next));
      assertEquals("5", page.header("X-Total-Running"));
      seen.addAll(ids(page));
      next = page.header("X-Next-Token");
      if (next != null) {
        failed(400, server.get("/v2/sandboxes?limit=2&order=asc&nextToken=" + next));
      }
    }
    assertEquals(made, seen);
  }

  /** As the clients write it: names and values encoded, joined, and all of it encoded again, twice by two layers of theirs. */
  private static String metadata(Map<String, String> pairs) {
    List<String> joined = pairs.entrySet().stream().map(e -> form(component(e.getKey())) + "=" + form(component(e.getValue()))).toList();
    return component(String.join("&", joined));
  }

  private static String component(String text) {
    return form(text).replace("+", "%20");
  }

  private static String form(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static List<String> ids(Answer answer) {
    assertEquals(200, answer.status(), answer.json()::toString);
    List<String> ids = new ArrayList<>();
    answer.json().forEach(each -> ids.add(each.get("sandboxID").asText()));
    return ids;
  }

  @Test
  void tellsWhatIsUsed() throws Exception {
    String id = create("{\"templateID\":\"base\"}");
    JsonNode points = server.get("/sandboxes/" + id + "/metrics").json();
    assertEquals(2, points.size());
    assertEquals(1000, points.get(0).get("memUsed").asLong());
    assertEquals(512L << 20, points.get(0).get("memTotal").asLong());
    assertTrue(points.get(0).get("memCache").isNull() && points.get(0).get("diskUsed").isNull());
    assertEquals(9000, points.get(0).get("diskTotal").asLong());
    assertEquals(0, server.get("/sandboxes/" + id + "/metrics?start=1&end=2").json().size());
    failed(400, server.get("/sandboxes/" + id + "/metrics?start=x"));
    failed(404, server.get("/sandboxes/" + UNKNOWN + "/metrics"));
    assertTrue(server.get("/sandboxes/metrics?sandbox_ids=" + id + "," + UNKNOWN).json().get("sandboxes").has(id));
    failed(400, server.get("/sandboxes/metrics"));
  }

  @Test
  void tellsWhatWasLogged() throws Exception {
    String id = create("{\"templateID\":\"base\"}");
    JsonNode entries = server.get("/v2/sandboxes/" + id + "/logs?level=error").json().get("logs");
    assertEquals(1, entries.size());
    assertEquals("broken", entries.get(0).get("message").asText());
    assertEquals(3, server.get("/sandboxes/" + id + "/logs").json().get("logEntries").size());
    assertEquals(1, server.get("/sandboxes/" + id + "/logs?limit=1").json().get("logs").size());
    assertEquals("broken", server.get("/v2/sandboxes/" + id + "/logs?search=rok").json().get("logs").get(0).get("message").asText());
  }

  @Test
  void saysOfTheNetworkWhatIsSo() throws Exception {
    String id = create("{\"templateID\":\"base\"}");
    assertEquals(204, server.send("PUT", "/sandboxes/" + id + "/network", "{}").status());
    failed(501, server.send("PUT", "/sandboxes/" + id + "/network", "{\"allow_internet_access\":false}"));
    failed(404, server.send("PUT", "/sandboxes/" + UNKNOWN + "/network", "{}"));
  }

  @Test
  void showsTemplates() throws Exception {
    assertEquals("minimal", server.get("/templates/aliases/base").json().get("templateID").asText());
    failed(404, server.get("/templates/aliases/other"));
    assertEquals("minimal", server.get("/templates").json().get(0).get("templateID").asText());
    assertEquals("minimal", server.get("/v2/templates").json().get(0).get("templateID").asText());
    assertEquals("ready", server.get("/templates/minimal").json().get("buildStatus").asText());
    failed(501, server.post("/v3/templates", "{\"name\":\"x\"}"));
  }

  @Test
  void answersInItsOwnWordsWhereThereIsNothing() throws Exception {
    failed(404, server.get("/v2/nothing"));
    failed(404, server.get("/sandboxes/a/b/c"));
    failed(405, server.send("PATCH", "/sandboxes", "{}"));
    Answer preflight = server.send("OPTIONS", "/v2/sandboxes", null, null);
    assertEquals(204, preflight.status());
    assertEquals("*", preflight.header("Access-Control-Allow-Origin"));
    assertTrue(server.get("/v2/sandboxes").header("Access-Control-Expose-Headers").contains("X-Next-Token"));
  }

  @Test
  void pausesAndWakes() throws Exception {
    String id = create("{\"templateID\":\"base\",\"timeout\":60}");
    failed(501, server.post("/sandboxes/" + id + "/pause", "{\"memory\":false}"));
    failed(409, server.post("/sandboxes/" + id + "/resume", "{}"));
    assertEquals(204, server.post("/sandboxes/" + id + "/pause", null).status());
    failed(409, server.post("/sandboxes/" + id + "/pause", "{}"));
    failed(404, server.post("/sandboxes/" + UNKNOWN + "/pause", "{}"));
    assertEquals("paused", server.get("/sandboxes/" + id).json().get("state").asText());
    assertEquals(201, server.post("/v2/sandboxes/" + id + "/connect", "{\"timeout\":30}").status());
    assertFalse(server.platform.bootedCold);
    assertFalse(end(id).isAfter(Instant.now().plusSeconds(30)));
    assertEquals(200, server.post("/v2/sandboxes/" + id + "/connect", "{}").status());
    assertEquals(204, server.post("/sandboxes/" + id + "/pause", "{}").status());
    Answer resumed = server.post("/sandboxes/" + id + "/resume", "{\"timeout\":100,\"memory\":false}");
    assertEquals(201, resumed.status());
    assertEquals(id, resumed.json().get("sandboxID").asText());
    assertTrue(server.platform.bootedCold);
  }

  @Test
  void whatBecomesOfASandboxWhoseTimeIsOver() throws Exception {
    lifecycle("kill", false, "");
    lifecycle("kill", false, ",\"autoPause\":false,\"autoResume\":{\"enabled\":false}");
    lifecycle("kill", false, ",\"autoPause\":null,\"autoResume\":null,\"autoPauseMemory\":null");
    lifecycle("pause", false, ",\"autoPause\":true");
    lifecycle("pause", false, ",\"autoPause\":true,\"autoPauseMemory\":true,\"autoResume\":{\"enabled\":false}");
    lifecycle("pause", true, ",\"autoPause\":true,\"autoResume\":{\"enabled\":true}");
    failed(501, server.post("/v2/sandboxes", "{\"templateID\":\"base\",\"autoPause\":true,\"autoPauseMemory\":false}"));
    failed(400, server.post("/v2/sandboxes",
        "{\"templateID\":\"base\",\"autoPause\":true,\"autoPauseMemory\":false,\"autoResume\":{\"enabled\":true}}"));
    String ends = create("{\"templateID\":\"base\"}");
    server.post("/sandboxes/" + ends + "/pause", "{}");
    failed(501, server.post("/sandboxes/" + ends + "/resume", "{\"autoPause\":true}"));
    assertEquals(201, server.post("/sandboxes/" + ends + "/resume", "{\"autoPause\":false}").status());
  }

  private void lifecycle(String onTimeout, boolean autoResume, String fields) throws Exception {
    JsonNode said = server.get("/sandboxes/" + create("{\"templateID\":\"base\"" + fields + "}")).json().get("lifecycle");
    assertEquals(onTimeout, said.get("onTimeout").asText());
    assertEquals(autoResume, said.get("autoResume").asBoolean());
    assertEquals(onTimeout.equals("pause") ? Then.PAUSE : Then.END, server.platform.lastOrder.options().onEnd());
  }

  @Test
  void copies() throws Exception {
    String id = create("{\"templateID\":\"base\",\"timeout\":600}");
    Answer forked = server.post("/sandboxes/" + id + "/fork", "{\"count\":2,\"timeout\":40}");
    assertEquals(201, forked.status());
    assertEquals("access-secret", forked.json().get(0).get("sandbox").get("envdAccessToken").asText());
    assertFalse(forked.json().get(0).has("error"));
    assertEquals(503, forked.json().get(1).get("error").get("code").asInt());
    for (String bad : List.of("{\"count\":0}", "{\"count\":101}", "{\"timeout\":0}")) {
      failed(400, server.post("/sandboxes/" + id + "/fork", bad));
    }
    failed(404, server.post("/sandboxes/" + UNKNOWN + "/fork", "{}"));
  }

  @Test
  void savesAndForgets() throws Exception {
    String id = create("{\"templateID\":\"base\"}");
    Answer saved = server.post("/sandboxes/" + id + "/snapshots", "{\"name\":\"mine:latest\"}");
    assertEquals(201, saved.status());
    assertEquals("mine", saved.json().get("snapshotID").asText());
    assertEquals("mine", saved.json().get("names").get(0).asText());
    assertEquals("made-up", server.post("/sandboxes/" + id + "/snapshots", "{}").json().get("snapshotID").asText());
    Answer first = server.get("/snapshots?limit=1");
    assertEquals("made-up", first.json().get(0).get("snapshotID").asText());
    Answer second = server.get("/snapshots?limit=1&nextToken=" + first.header("X-Next-Token"));
    assertEquals("mine", second.json().get(0).get("snapshotID").asText());
    assertNull(second.header("X-Next-Token"));
    assertEquals(201, server.post("/v2/sandboxes", "{\"templateID\":\"mine\"}").status());
    assertEquals(204, server.send("DELETE", "/templates/mine", null).status());
    failed(404, server.send("DELETE", "/templates/mine", null));
    failed(501, server.post("/sandboxes/" + id + "/snapshots", "{\"mode\":\"filesystem\"}"));
    failed(501, server.get("/snapshots?sandboxID=" + id));
  }
}
