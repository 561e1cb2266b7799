package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestApiTest {
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer(Map.of("execMaxOutputBytes", 1000, "serviceWaitMillis", 300L));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private static JsonNode json(HttpResponse<String> answer) {
    JsonNode node = Wire.message(answer.body());
    assertTrue(node.isObject(), answer.statusCode() + " " + answer.body());
    return node;
  }

  private static void refused(HttpResponse<String> answer, int status, String code) {
    assertEquals(status, answer.statusCode(), answer.body());
    assertEquals(code, json(answer).at("/error/code").asText());
    assertFalse(json(answer).at("/error/message").asText().isEmpty());
  }

  private String capsule() {
    return server.platform.put(CapsuleStatus.RUNNING, Optional.empty());
  }

  private JsonNode exec(String id, String body) throws Exception {
    HttpResponse<String> answer = server.post("/v1/capsules/" + id + "/exec", body);
    assertEquals(200, answer.statusCode(), answer.body());
    return json(answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1", "/api/v1"})
  void makesCapsulesAtBothMountPoints(String mount) throws Exception {
    HttpResponse<String> answer = server.post(mount + "/capsules", "{}");
    assertEquals(201, answer.statusCode(), answer.body());
    assertEquals("application/json", answer.headers().firstValue("Content-Type").orElse(""));
    JsonNode capsule = json(answer);
    assertEquals("running", capsule.get("status").asText());
    assertEquals("2026-11-22T10:11:12Z", capsule.get("created_at").asText());
    assertEquals(List.of("id", "status", "template", "vcpus", "memory_mb", "timeout_sec", "disk_mb", "created_at", "started_at",
        "last_updated", "metadata", "egress", "public_ports", "on_end", "on_idle", "wake", "steps"), names(capsule));
    assertEquals(12.346, capsule.at("/steps/0/ms").asDouble());
    assertEquals(200, server.get(mount + "/capsules/" + capsule.get("id").asText()).statusCode());
  }

  private static List<String> names(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void passesOnWhatACapsuleShallBe() throws Exception {
    HttpResponse<String> answer = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY)
        .header("Idempotency-Key", "abc").header("Content-Type", "text/weird; q=").header("Accept", "text/html")
        .POST(BodyPublishers.ofString("{\"template\":\"t\",\"vcpus\":2,\"memory_mb\":0,\"timeout_sec\":-5,\"disk_mb\":7,\"color\":\"red\"} trailing")));
    assertEquals(201, answer.statusCode(), answer.body());
    assertEquals(Optional.of("abc"), server.platform.lastIdempotencyKey);
    var order = server.platform.lastOrder;
    assertEquals(Optional.of("t"), order.template());
    assertEquals(Optional.of(2), order.vcpus());
    assertEquals(Optional.empty(), order.memoryMb());
    assertEquals(Optional.of(0), order.timeoutSec());
    assertEquals(Optional.of(7), order.diskMb());
  }

  @Test
  void takesBodiesOfUnknownLength() throws Exception {
    HttpResponse<String> answer = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY)
        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream("{\"vcpus\":3}".getBytes()))));
    assertEquals(201, answer.statusCode(), answer.body());
    assertEquals(Optional.of(3), server.platform.lastOrder.vcpus());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      ``                       | empty
      null                     | JSON object
      []                       | JSON object
      "text"                   | JSON object
      {                        | not JSON
      {"vcpus":                | not JSON
      {vcpus:1}                | not JSON
      {"vcpus":"1"}            | vcpus must be a whole number
      {"vcpus":1.5}            | vcpus must be a whole number
      {"vcpus":1.0}            | vcpus must be a whole number
      {"vcpus":true}           | vcpus must be a whole number
      {"vcpus":2147483648}     | vcpus must be a whole number
      {"memory_mb":99999999999999999999} | memory_mb must be a whole number
      {"timeout_sec":[]}       | timeout_sec must be a whole number
      {"template":1}           | template must be a string
      {"template":true}        | template must be a string
      {"template":{}}          | template must be a string
      """)
  void refusesBadBodies(String body, String hint) throws Exception {
    HttpResponse<String> answer = server.post("/v1/capsules", body);
    refused(answer, 400, "invalid_request");
    assertTrue(answer.body().contains(hint), answer.body());
    assertEquals(0, server.platform.created.get());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {}                                  | cmd is required
      {"cmd":""}                          | cmd is required
      {"cmd":5}                           | cmd must be a string
      {"cmd":"a","args":"b"}              | args must be an array
      {"cmd":"a","args":[1]}              | args[0] must be a string
      {"cmd":"a","args":[null]}           | args must hold strings
      {"cmd":"a","envs":[]}               | envs must be an object
      {"cmd":"a","envs":{"A":1}}          | envs.A must be a string
      {"cmd":"a","envs":{"A":null}}       | envs must hold strings
      {"cmd":"a","background":"yes"}      | background must be true or false
      {"cmd":"a","background":1}          | background must be true or false
      {"cmd":"a","timeout_sec":3000000000}| timeout_sec must be a whole number
      {"cmd":"pwd","cwd":"/nowhere"}      | /nowhere
      {"cmd":"no-such-program","background":true} | no-such-program
      """)
  void refusesBadCommands(String body, String hint) throws Exception {
    HttpResponse<String> answer = server.post("/v1/capsules/" + capsule() + "/exec", body);
    refused(answer, 400, "invalid_request");
    assertTrue(answer.body().contains(hint), answer.body());
  }

  @Test
  void refusesHugeBodies() throws Exception {
    refused(server.post("/v1/capsules", "{\"template\":\"" + "x".repeat(1 << 20) + "\"}"), 413, "too_large");
  }

  @Test
  void refusesStrangeIdempotencyKeys() throws Exception {
    refused(server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).header("Idempotency-Key", "a b")
        .POST(BodyPublishers.ofString("{}"))), 400, "invalid_request");
  }

  @Test
  void runsCommands() throws Exception {
    String id = capsule();
    JsonNode result = exec(id,
        "{\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"echo $GREETING; pwd; echo ä >&2; exit 3\"],\"envs\":{\"GREETING\":\"hi\"},\"cwd\":\"/tmp\"}");
    assertEquals(List.of("sandbox_id", "cmd", "stdout", "stderr", "exit_code", "duration_ms", "encoding"), names(result));
    assertEquals("hi\n/tmp\n", result.get("stdout").asText());
    assertEquals("ä\n", result.get("stderr").asText());
    assertEquals(3, result.get("exit_code").asInt());
    assertEquals("utf-8", result.get("encoding").asText());
    assertEquals(id, result.get("sandbox_id").asText());
  }

  @Test
  void sendsBothStreamsAsBase64WhenOneIsNotText() throws Exception {
    JsonNode result = exec(capsule(), "{\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"printf '\\\\377'; printf a >&2\"]}");
    assertEquals("base64", result.get("encoding").asText());
    assertEquals("/w==", result.get("stdout").asText());
    assertEquals("YQ==", result.get("stderr").asText());
  }

  @Test
  void tellsOfAMissingProgramAsAShellDoes() throws Exception {
    JsonNode result = exec(capsule(), "{\"cmd\":\"no-such-program\"}");
    assertEquals(127, result.get("exit_code").asInt());
    assertEquals("sh: no-such-program: not found\n", result.get("stderr").asText());
  }

  @Test
  void endsCommandsAtTheirTimeLimitAndKeepsWhatTheyPrinted() throws Exception {
    JsonNode result = exec(capsule(), "{\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"echo before; sleep 60\"],\"timeout_sec\":1}");
    assertEquals(-1, result.get("exit_code").asInt());
    assertTrue(result.get("timed_out").asBoolean());
    assertEquals("before\n", result.get("stdout").asText());
  }

  @Test
  void boundsTheOutputAndSaysSo() throws Exception {
    JsonNode result = exec(capsule(), "{\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"yes äöü | head -c 70001\"]}");
    assertTrue(result.get("truncated").asBoolean());
    assertEquals("utf-8", result.get("encoding").asText());
    assertTrue(result.get("stdout").asText().startsWith("äöü\näöü\n"));
    assertEquals(0, result.get("exit_code").asInt());
  }

  @Test
  void startsListsAndKillsBackgroundProcesses() throws Exception {
    String id = capsule();
    HttpResponse<String> started = server.post("/v1/capsules/" + id + "/exec", "{\"cmd\":\"sleep\",\"args\":[\"60\"],\"background\":true}");
    assertEquals(202, started.statusCode(), started.body());
    JsonNode background = json(started);
    assertEquals(List.of("sandbox_id", "cmd", "pid", "tag"), names(background));
    assertTrue(background.get("tag").asText().matches("proc-[0-9a-f]{8}"));
    long pid = background.get("pid").asLong();
    JsonNode listed = json(server.get("/v1/capsules/" + id + "/processes"));
    assertEquals(pid, listed.at("/processes/0/pid").asLong());
    assertEquals("60", listed.at("/processes/0/args/0").asText());
    var kill = server.request("/v1/capsules/" + id + "/processes/" + background.get("tag").asText() + "?signal=SIGTERM")
        .header("X-API-Key", TestPlatform.KEY).DELETE();
    assertEquals(204, server.send(kill).statusCode());
    server.platform.processes.awaitEnd(pid);
    assertFalse(server.platform.processes.alive(pid));
    refused(server.send(kill), 404, "not_found");
    assertEquals("[]", json(server.get("/v1/capsules/" + id + "/processes")).get("processes").toString());
  }

  @Test
  void showsWhyACapsuleFailed() throws Exception {
    String id = server.platform.put(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("boot", "the kernel panicked")));
    JsonNode capsule = json(server.get("/v1/capsules/" + id));
    assertEquals("error", capsule.get("status").asText());
    assertEquals("{\"step\":\"boot\",\"message\":\"the kernel panicked\"}", capsule.get("reason").toString());
    assertEquals("[]", server.get("/v1/capsules").body());
    assertTrue(server.get("/v1/capsules?ended=true").body().contains(id));
    refused(server.post("/v1/capsules/" + id + "/exec", "{\"cmd\":\"true\"}"), 409, "invalid_state");
    refused(server.post("/v1/capsules/" + id + "/ping", ""), 409, "invalid_state");
  }

  @Test
  void listsAlikeWithAndWithoutJaxRs() throws Exception {
    capsule();
    HttpResponse<String> direct = server.get("/v1/capsules");
    HttpResponse<String> other = server.get("/v1/capsules?ended=false");
    assertEquals(200, direct.statusCode());
    assertEquals(other.body(), direct.body());
    Set<String> framing = Set.of("date", "content-length", "transfer-encoding", "x-request-id");
    assertEquals(without(other, framing), without(direct, framing));
    assertTrue(direct.headers().firstValue("X-Request-Id").isPresent());
    for (String mount : List.of("/v1", "/api/v1")) {
      assertEquals(direct.body(), server.get(mount + "/capsules").body());
    }
    HttpResponse<String> head = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).method("HEAD", BodyPublishers.noBody()));
    assertEquals(200, head.statusCode());
    for (String path : List.of("/v1/capsules", "/v1/capsules?ended=false")) {
      HttpResponse<String> refusal = server.send(server.request(path).header("Accept", "application/problem+json").header("X-Request-Id", "same"));
      assertEquals(401, refusal.statusCode());
      assertEquals("application/problem+json", refusal.headers().firstValue("Content-Type").orElseThrow());
      assertTrue(refusal.body().contains("\"request_id\":\"same\""), refusal.body());
    }
  }

  private static Map<String, List<String>> without(HttpResponse<String> answer, Set<String> names) {
    Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
    headers.keySet().removeAll(names);
    return headers;
  }

  @Test
  void saysThatAListIsStillTheSame() throws Exception {
    HttpResponse<String> first = server.get("/v1/capsules");
    String tag = first.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> same = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).header("If-None-Match", "\"x\", W/" + tag));
    assertEquals(304, same.statusCode());
    assertEquals("", same.body());
    refused(server.send(server.request("/v1/capsules").header("If-None-Match", tag)), 401, "unauthorized");
    capsule();
    HttpResponse<String> next = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).header("If-None-Match", tag));
    assertEquals(200, next.statusCode());
    assertNotEquals(tag, next.headers().firstValue("ETag").orElseThrow());
    assertEquals(next.body(), server.get("/v1/capsules").body());
  }

  @Test
  void pingsAndEndsCapsules() throws Exception {
    String id = capsule();
    assertEquals(204, server.post("/v1/capsules/" + id + "/ping", "").statusCode());
    var end = server.request("/v1/capsules/" + id).header("X-API-Key", TestPlatform.KEY).DELETE();
    assertEquals(204, server.send(end).statusCode());
    refused(server.get("/v1/capsules/cl-" + "z".repeat(25)), 404, "not_found");
    refused(server.get("/v1/capsules/nonsense"), 400, "invalid_request");
  }

  @Test
  void acceptsKeysAndTokensAndRefusesOthers() throws Exception {
    refused(server.send(server.request("/v1/capsules")), 401, "unauthorized");
    refused(server.send(server.request("/v1/capsules").header("Authorization", "Basic abc")), 401, "unauthorized");
    refused(server.send(server.request("/v1/capsules").header("Authorization", "Bearer deactivated")), 403, "account_deactivated");
    assertEquals(200, server.send(server.request("/v1/capsules").header("Authorization", "Bearer " + TestPlatform.TOKEN)).statusCode());
    refused(server.send(server.request("/v1/capsules").header("X-API-Key", "wrn_bad")
        .header("Authorization", "Bearer " + TestPlatform.TOKEN)), 401, "unauthorized");
    refused(server.get("/v1/api-keys"), 401, "unauthorized");
  }

  @Test
  void signsIn() throws Exception {
    HttpResponse<String> answer = server.post("/v1/auth/login", "{\"email\":\"a@b.c\",\"password\":\"right\"}");
    assertEquals(200, answer.statusCode());
    assertEquals("{\"token\":\"session-token\",\"user_id\":\"usr-1\",\"team_id\":\"team-1\",\"email\":\"a@b.c\",\"name\":\"Test\"}", answer.body());
    refused(server.post("/v1/auth/login", "{\"email\":\"a@b.c\",\"password\":\"wrong\"}"), 401, "unauthorized");
    refused(server.post("/v1/auth/login", "{\"email\":\"a@b.c\"}"), 400, "invalid_request");
    HttpResponse<String> busy = server.post("/v1/auth/login", "{\"email\":\"busy@example.org\",\"password\":\"x\"}");
    refused(busy, 429, "rate_limited");
    assertTrue(busy.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
  }

  @Test
  void handlesKeys() throws Exception {
    String token = "Bearer " + TestPlatform.TOKEN;
    HttpResponse<String> made = server.send(server.request("/v1/api-keys").header("Authorization", token).POST(BodyPublishers.ofString("{}")));
    assertEquals(201, made.statusCode());
    assertEquals(TestPlatform.KEY, json(made).get("key").asText());
    assertEquals("Unnamed API Key", json(made).get("name").asText());
    HttpResponse<String> list = server.send(server.request("/v1/api-keys").header("Authorization", token));
    assertFalse(list.body().contains(TestPlatform.KEY), list.body());
    assertTrue(list.body().contains("\"creator_email\":\"test@example.org\""), list.body());
    assertEquals(204, server.send(server.request("/v1/api-keys/key-1").header("Authorization", token).DELETE()).statusCode());
    refused(server.send(server.request("/v1/api-keys/x").header("Authorization", token).DELETE()), 400, "invalid_request");
  }

  @Test
  void listsTemplatesHostsAndDrivers() throws Exception {
    assertEquals("[{\"name\":\"minimal\",\"type\":\"base\",\"size_bytes\":123,\"created_at\":\"2026-11-22T10:11:12Z\",\"platform\":true}]",
        server.get("/v1/snapshots").body());
    assertEquals("[]", server.get("/v1/snapshots?type=snapshot").body());
    String admin = "Bearer " + TestPlatform.TOKEN;
    String member = "Bearer " + TestPlatform.MEMBER_TOKEN;
    assertTrue(server.send(server.request("/v1/hosts").header("Authorization", admin)).body().contains("\"memory_mb\":2048"));
    assertEquals("[]", server.send(server.request("/v1/hosts").header("Authorization", member)).body());
    assertTrue(server.send(server.request("/v1/drivers").header("Authorization", admin)).body().contains("qemu"));
    refused(server.send(server.request("/v1/drivers").header("Authorization", member)), 403, "forbidden");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1", "/v1/", "/v1/nothing", "/v1/services", "/v1/capsules/x/y/z", "/api/nothing", "/api/v1/nothing", "/docs/nothing", "/nothing"})
  void knowsNoOtherPaths(String path) throws Exception {
    refused(server.get(path), 404, "not_found");
  }

  @Test
  void refusesOtherMethodsHoweverTheyAreAskedFor() throws Exception {
    HttpResponse<String> answer = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).PUT(BodyPublishers.ofString("{}")));
    refused(answer, 405, "method_not_allowed");
    assertTrue(answer.headers().firstValue("Allow").orElse("").contains("POST"), answer.headers().toString());
    String id = capsule();
    HttpResponse<String> disguised = server.send(server.request("/v1/capsules/" + id + "?_method=DELETE")
        .header("X-API-Key", TestPlatform.KEY).header("X-HTTP-Method-Override", "DELETE"));
    assertEquals(200, disguised.statusCode());
    assertEquals(200, server.get("/v1/capsules/" + id + "?_type=xml&_wadl").statusCode());
  }

  @Test
  void namesRequestsAndSendsCarefulHeaders() throws Exception {
    var own = server.send(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).header("X-Request-Id", "my-1"));
    assertEquals("my-1", own.headers().firstValue("X-Request-Id").orElse(""));
    assertEquals("nosniff", own.headers().firstValue("X-Content-Type-Options").orElse(""));
    var forged = server.send(server.request("/v1/capsules").header("X-Request-Id", "a b\t" + "c".repeat(100)));
    assertTrue(forged.headers().firstValue("X-Request-Id").orElse("").matches("[0-9a-f]{16}"));
  }

  @Test
  void tellsProblemsToWhoAsks() throws Exception {
    var answer = server.send(server.request("/v1/capsules/nonsense").header("X-API-Key", TestPlatform.KEY)
        .header("Accept", "application/problem+json").header("X-Request-Id", "p1"));
    assertEquals(400, answer.statusCode());
    assertEquals("application/problem+json", answer.headers().firstValue("Content-Type").orElse(""));
    JsonNode problem = json(answer);
    assertEquals("invalid_request", problem.get("code").asText());
    assertEquals(400, problem.get("status").asInt());
    assertEquals("/v1/capsules/nonsense", problem.get("instance").asText());
    assertEquals("p1", problem.get("request_id").asText());
  }

  @Test
  void tellsNothingOfInnerFailures() throws Exception {
    server.platform.crash = new IllegalStateException("secret detail");
    HttpResponse<String> answer = server.post("/v1/capsules", "{}");
    refused(answer, 500, "internal_error");
    assertFalse(answer.body().contains("secret"), answer.body());
  }

  @Test
  void saysWhenToTryAgain() throws Exception {
    server.platform.refusal = new PlatformException(PlatformException.Code.NO_HOSTS_AVAILABLE, "no host has room");
    HttpResponse<String> answer = server.post("/v1/capsules", "{}");
    refused(answer, 503, "no_hosts_available");
    assertTrue(answer.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
  }

  @Test
  void waitsForAServiceThatIsReplacedAndThenGivesUp() throws Exception {
    server.services.unbindCapsules(server.platform);
    assertEquals(503, server.get("/health").statusCode());
    assertEquals("{\"status\":\"starting\",\"version\":\"1.2.3\",\"missing\":[\"capsules\"]}", server.get("/api/health").body());
    refused(server.get("/v1/capsules"), 503, "unavailable");
    var waiting = server.client().sendAsync(server.request("/v1/capsules").header("X-API-Key", TestPlatform.KEY).build(),
        HttpResponse.BodyHandlers.ofString());
    server.services.bindCapsules(server.platform);
    assertEquals(200, waiting.get().statusCode());
    assertEquals("{\"status\":\"ok\",\"version\":\"1.2.3\"}", server.get("/health").body());
  }

  @Test
  void servesTheContractAndAPageForIt() throws Exception {
    for (String prefix : new String[] {"", "/api"}) {
      HttpResponse<String> yaml = server.get(prefix + "/openapi.yaml");
      assertEquals(200, yaml.statusCode());
      assertEquals("application/yaml", yaml.headers().firstValue("Content-Type").orElse(""));
      HttpResponse<String> page = server.get(prefix + "/docs");
      assertEquals(200, page.statusCode());
      assertFalse(page.body().contains("//"), "the page loads nothing from elsewhere");
    }
    assertEquals(200, server.get("/docs/docs.js").statusCode());
    HttpResponse<String> root = server.get("/");
    assertEquals(302, root.statusCode());
    assertEquals("/docs", root.headers().firstValue("Location").orElse(""));
  }

  private HttpResponse<String> put(String path, String body, String... headers) throws Exception {
    return server.send(server.request(path).header("X-API-Key", TestPlatform.KEY).headers(headers).PUT(BodyPublishers.ofString(body)));
  }

  @Test
  void passesOnEverythingElseThatCanBeSaidOfACapsule() throws Exception {
    HttpResponse<String> answer = server.post("/v1/capsules", "{\"metadata\":{\"a\":\"1\"},\"env\":{\"SECRET\":\"s3cret\"},\"lifetime_sec\":60,"
        + "\"egress\":false,\"public_ports\":false}");
    assertEquals(201, answer.statusCode(), answer.body());
    var order = server.platform.lastOrder;
    assertEquals(Optional.of(Duration.ofSeconds(60)), order.lifetime());
    assertEquals(Map.of("a", "1"), order.options().labels());
    assertEquals(Map.of("SECRET", "s3cret"), order.options().env());
    assertFalse(order.options().egress() || order.options().publicPorts());
    assertEquals("1", json(answer).at("/labels/a").asText());
    assertFalse(json(answer).get("egress").asBoolean());
    assertFalse(answer.body().contains("s3cret"), answer.body());
    server.post("/v1/capsules", "{\"labels\":{\"b\":\"2\"},\"envs\":{\"X\":\"y\"},\"lifetime_sec\":0}");
    assertEquals(Map.of("b", "2"), server.platform.lastOrder.options().labels());
    assertEquals(Map.of("X", "y"), server.platform.lastOrder.options().env());
    assertEquals(Optional.empty(), server.platform.lastOrder.lifetime());
    assertTrue(server.platform.lastOrder.options().egress());
    refused(server.post("/v1/capsules", "{\"labels\":{\"a\":null}}"), 400, "invalid_request");
    refused(server.post("/v1/capsules", "{\"envs\":{\"a\":1}}"), 400, "invalid_request");
  }

  @Test
  void saysWhatBecomesOfACapsuleWhoseTimeIsOver() throws Exception {
    JsonNode usual = json(server.post("/v1/capsules", "{}"));
    assertEquals(List.of("end", "pause", false), List.of(usual.get("on_end").asText(), usual.get("on_idle").asText(), usual.get("wake").asBoolean()));
    JsonNode other = json(server.post("/v1/capsules", "{\"on_end\":\"pause\",\"on_idle\":\"end\",\"wake\":true}"));
    assertEquals(List.of("pause", "end", true), List.of(other.get("on_end").asText(), other.get("on_idle").asText(), other.get("wake").asBoolean()));
    assertEquals(CapsuleOptions.DEFAULT.over(Then.PAUSE, Then.END, true), server.platform.lastOrder.options());
    refused(server.post("/v1/capsules", "{\"on_end\":\"kill\"}"), 400, "invalid_request");
    refused(server.post("/v1/capsules", "{\"on_idle\":\"PAUSE\"}"), 400, "invalid_request");
    refused(server.post("/v1/capsules", "{\"wake\":\"yes\"}"), 400, "invalid_request");
  }

  @Test
  void tellsHistoryLogsAndLifetime() throws Exception {
    String id = capsule();
    assertEquals("[{\"at\":\"2026-11-22T10:11:12Z\",\"status\":\"pending\",\"steps\":[]},{\"at\":\"2026-11-22T10:11:12Z\",\"status\":\"error\","
        + "\"reason\":{\"step\":\"boot\",\"message\":\"panic\"},\"steps\":[{\"name\":\"disk\",\"ms\":1.5}]}]",
        server.get("/v1/capsules/" + id + "/history").body());
    HttpResponse<String> logs = server.get("/v1/capsules/" + id + "/logs");
    assertEquals("text/plain;charset=utf-8", logs.headers().firstValue("Content-Type").orElse(""));
    assertTrue(logs.body().startsWith("[    0.000000] Linux"), logs.body());
    assertEquals("script>\n", server.get("/v1/capsules/" + id + "/logs?bytes=8").body());
    for (String bytes : List.of("0", "-1", "x", "1048577", "99999999")) {
      refused(server.get("/v1/capsules/" + id + "/logs?bytes=" + bytes), 400, "invalid_request");
    }
    Instant end = Instant.parse(json(server.post("/v1/capsules/" + id + "/lifetime", "{\"lifetime_sec\":3600}")).get("end_at").asText());
    assertTrue(end.isAfter(Instant.now().plusSeconds(3000)), end.toString());
    refused(server.post("/v1/capsules/" + id + "/lifetime", "{}"), 400, "invalid_request");
    refused(server.post("/v1/capsules/" + id + "/lifetime", "{\"lifetime_sec\":-1}"), 400, "invalid_request");
  }

  @Test
  void tellsWhatIsUsed() throws Exception {
    String id = capsule();
    assertEquals("{\"sandbox_id\":\"" + id + "\",\"range\":\"10m\",\"points\":[{\"timestamp_unix\":1795342272,\"cpu_pct\":12.346,\"mem_bytes\":1000,"
        + "\"mem_host_bytes\":2000,\"disk_bytes\":3000,\"rx_bytes\":4,\"tx_bytes\":5}]}", server.get("/v1/capsules/" + id + "/metrics").body());
    assertEquals("5m", json(server.get("/v1/capsules/" + id + "/metrics?range=5m")).get("range").asText());
    refused(server.get("/v1/capsules/" + id + "/metrics?range=1y"), 400, "invalid_request");
    assertEquals("{\"range\":\"1h\",\"current\":{\"running_count\":1,\"vcpus_reserved\":2,\"memory_mb_reserved\":512},"
        + "\"peaks\":{\"running_count\":3,\"vcpus\":4,\"memory_mb\":2048},\"series\":{\"labels\":[\"2026-11-22T10:11:12Z\"],\"running\":[1],"
        + "\"vcpus\":[2],\"memory_mb\":[512]}}", server.get("/v1/capsules/stats").body());
    refused(server.get("/v1/capsules/stats?range=2h"), 400, "invalid_request");
    assertEquals("{\"from\":\"2026-01-01\",\"to\":\"2026-01-02\",\"points\":[{\"date\":\"2026-01-02\",\"cpu_minutes\":1.5,\"ram_mb_minutes\":768.25}]}",
        server.get("/api/v1/capsules/usage?from=2026-01-01&to=2026-01-02").body());
    assertEquals(LocalDate.now(ZoneOffset.UTC).minusDays(29).toString(), json(server.get("/v1/capsules/usage")).get("from").asText());
    for (String query : List.of("from=2026-1-1", "to=yesterday", "from=2026-01-02&to=2026-01-01")) {
      refused(server.get("/v1/capsules/usage?" + query), 400, "invalid_request");
    }
    refused(server.send(server.request("/v1/capsules/usage")), 401, "unauthorized");
  }

  @Test
  void handlesPorts() throws Exception {
    String ports = "/v1/capsules/" + capsule() + "/ports";
    assertEquals("{\"ports\":[]}", server.get(ports).body());
    assertEquals("{\"port\":8080,\"public\":true}", server.get(ports + "/8080").body());
    HttpResponse<String> closed = put(ports + "/8080", "{\"public\":false}", "X-Other", "x");
    assertEquals("{\"port\":8080,\"public\":false,\"token\":\"port-secret\"}", closed.body());
    assertEquals("{\"ports\":[" + closed.body() + "]}", server.get(ports).body());
    refused(put(ports + "/8080", "{}", "X-Other", "x"), 400, "invalid_request");
    for (String port : List.of("0", "65536", "x", "-1", "999999")) {
      refused(server.get(ports + "/" + port), 400, "invalid_request");
    }
    var clear = server.request(ports + "/8080").header("X-API-Key", TestPlatform.KEY).DELETE();
    assertEquals(204, server.send(clear).statusCode());
    assertEquals(204, server.send(clear).statusCode());
    assertEquals("{\"ports\":[]}", server.get(ports).body());
  }

  @Test
  void tellsAndSetsLimits() throws Exception {
    assertEquals("{\"vcpus\":4,\"memory_mb\":8192,\"disk_mb\":10240,\"timeout_sec\":3600,\"running\":10,\"total_vcpus\":16,\"total_memory_mb\":32768}",
        server.get("/v1/limits").body());
    String path = "/v1/admin/teams/team-1/limits";
    String admin = "Bearer " + TestPlatform.TOKEN;
    HttpResponse<String> set = server.send(server.request(path).header("Authorization", admin).PUT(BodyPublishers.ofString("{\"running\":3}")));
    assertEquals(200, set.statusCode(), set.body());
    assertEquals(3, json(server.get("/v1/limits")).get("running").asInt());
    assertEquals(4, json(server.send(server.request(path).header("Authorization", admin))).get("vcpus").asInt());
    refused(server.send(server.request(path).header("Authorization", admin).PUT(BodyPublishers.ofString("{\"running\":-3}"))), 400, "invalid_request");
    refused(server.send(server.request(path).header("Authorization", "Bearer " + TestPlatform.MEMBER_TOKEN)
        .PUT(BodyPublishers.ofString("{}"))), 403, "forbidden");
    refused(put(path, "{}", "X-Other", "x"), 401, "unauthorized");
    refused(server.send(server.request("/v1/admin/teams/team-2/limits").header("Authorization", admin)), 404, "not_found");
  }

  @Test
  void tellsMonitoringSystemsOnly() throws Exception {
    String id = capsule();
    server.get("/v1/capsules");
    server.get("/v1/nothing");
    refused(server.send(server.request("/metrics")), 401, "unauthorized");
    refused(server.send(server.request("/metrics").header("Authorization", "Bearer wrn_" + "0".repeat(32))), 401, "unauthorized");
    HttpResponse<String> answer = server.send(server.request("/metrics").header("Authorization", "Bearer " + TestPlatform.TOKEN));
    assertEquals(200, answer.statusCode(), answer.body());
    assertEquals("text/plain;version=0.0.4;charset=utf-8", answer.headers().firstValue("Content-Type").orElse("").replace(" ", ""));
    for (String line : List.of("wrenn_http_requests_total{method=\"GET\",status=\"200\"} 1", "wrenn_http_requests_total{method=\"GET\",status=\"404\"} 1",
        "wrenn_host_memory_bytes{host=\"host-1\"} 2147483648", "wrenn_capsule_memory_bytes{capsule=\"" + id + "\"} 1000", "wrenn_streams 0")) {
      assertTrue(answer.body().contains("\n" + line + "\n"), line + " in " + answer.body());
    }
    for (String line : answer.body().split("\n")) {
      assertTrue(line.matches("# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? -?[0-9.]+"), line);
    }
    assertTrue(answer.headers().firstValue("X-Request-Id").isPresent());
  }

  @Test
  void tellsThoseWhoAreNoAdminsOfTheirOwnCapsulesOnly() throws Exception {
    String id = capsule();
    for (String[] header : List.of(new String[] {"Authorization", "Bearer " + TestPlatform.KEY}, new String[] {"X-API-Key", TestPlatform.KEY})) {
      HttpResponse<String> answer = server.send(server.request("/metrics").header(header[0], header[1]));
      assertEquals(200, answer.statusCode(), answer.body());
      assertTrue(answer.body().contains("wrenn_capsule_memory_bytes{capsule=\"" + id + "\"} 1000\n"), answer.body());
      for (String others : List.of("wrenn_host_", "wrenn_http_", "jvm_", "process_")) {
        assertFalse(answer.body().contains(others), answer.body());
      }
    }
  }

  @Test
  void tellsMonitoringSystemsOnTheSameMachineIfItShall() throws Exception {
    try (TestServer open = new TestServer(Map.of("metricsOpenToLoopback", true))) {
      assertEquals(200, open.send(open.request("/metrics")).statusCode());
      refused(open.send(open.request("/metrics").header("X-Forwarded-For", "192.0.2.1")), 401, "unauthorized");
      refused(open.send(open.request("/metrics").header("Authorization", "Bearer wrong")), 401, "unauthorized");
    }
  }

  @Test
  void tellsWhetherItLivesAndWhetherItIsReady() throws Exception {
    assertEquals(200, server.get("/health/ready").statusCode());
    server.platform.storeAway = true;
    assertEquals("{\"status\":\"starting\",\"version\":\"1.2.3\",\"missing\":[\"store\"]}", server.get("/health/ready").body());
    assertEquals(503, server.get("/api/health/ready").statusCode());
    server.services.unbindMetrics(server.platform);
    assertEquals("[\"metrics\"]", json(server.get("/health/ready")).get("missing").toString());
    HttpResponse<String> live = server.get("/health/live");
    assertEquals(200, live.statusCode());
    assertTrue(live.headers().firstValue("X-Request-Id").isPresent());
    assertEquals(404, server.get("/health/else").statusCode());
  }

  @Test
  void boundsHeadersAndAddresses() throws Exception {
    assertEquals(431, server.send(server.request("/v1/capsules").header("X-Long", "x".repeat(20_000))).statusCode());
    assertEquals(414, server.get("/v1/capsules/" + "x".repeat(20_000)).statusCode());
  }

  @Test
  void tellsTimesThatClientsCanParse() {
    assertEquals("1970-01-01T00:00:00Z", Wire.time(Instant.EPOCH.plusMillis(999)));
  }
}
