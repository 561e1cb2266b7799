package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes and errors of pauses, copies and templates. */
class PausesTest {
  private static final String UNKNOWN = "cl-" + "0".repeat(24) + "z";
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer(Map.of());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private String capsule(CapsuleStatus status) {
    return server.platform.put(status, Optional.empty());
  }

  private static JsonNode json(HttpResponse<String> answer, int status) {
    assertEquals(status, answer.statusCode(), answer.body());
    return Wire.message(answer.body());
  }

  private static void refused(HttpResponse<String> answer, int status, String code) {
    assertEquals(code, json(answer, status).at("/error/code").asText());
    assertFalse(json(answer, status).at("/error/message").asText().isEmpty());
  }

  private HttpResponse<String> delete(String path) throws Exception {
    return server.send(server.request(path).header("X-API-Key", TestPlatform.KEY).DELETE());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1", "/api/v1"})
  void pausesAndResumesAsOftenAsAsked(String mount) throws Exception {
    String id = capsule(CapsuleStatus.RUNNING);
    String path = mount + "/capsules/" + id;
    for (int i = 0; i < 2; i++) {
      JsonNode paused = json(server.post(path + "/pause", ""), 200);
      assertEquals("paused", paused.get("status").asText());
      assertEquals(id, paused.get("id").asText());
    }
    refused(server.post(path + "/exec", "{\"cmd\":\"true\"}"), 409, "invalid_state");
    refused(server.post(path + "/fork", "{}"), 409, "invalid_state");
    for (int i = 0; i < 2; i++) {
      assertEquals("running", json(server.post(path + "/resume", ""), 200).get("status").asText());
    }
    assertFalse(server.platform.lastCold);
    json(server.post(path + "/resume?cold=true", "{}"), 200);
    assertTrue(server.platform.lastCold);
  }

  @ParameterizedTest
  @CsvSource({"PAUSING,paused", "RESUMING,starting", "STOPPING,stopped", "MISSING,missing"})
  void showsStatesThatOldClientsDoNotKnowAsTheNearestOne(CapsuleStatus status, String word) throws Exception {
    assertEquals(word, json(server.get("/v1/capsules/" + capsule(status)), 200).get("status").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pause", "resume", "fork"})
  void refusesWhatDoesNotFit(String action) throws Exception {
    refused(server.post("/v1/capsules/nothing/" + action, ""), 400, "invalid_request");
    refused(server.post("/v1/capsules/" + UNKNOWN + "/" + action, ""), 404, "not_found");
    refused(server.post("/v1/capsules/" + capsule(CapsuleStatus.STOPPED) + "/" + action, ""), 409, "invalid_state");
    refused(server.get("/v1/capsules/" + UNKNOWN + "/" + action), 405, "method_not_allowed");
    refused(server.send(server.request("/v1/capsules/" + UNKNOWN + "/" + action).POST(BodyPublishers.noBody())), 401, "unauthorized");
  }

  @ParameterizedTest
  @CsvSource({"CONFLICT,409,conflict", "AGENT_ERROR,502,agent_error", "HOST_UNAVAILABLE,503,host_unavailable", "QUOTA_EXCEEDED,429,quota_exceeded"})
  void tellsWhyItFailed(PlatformException.Code code, int status, String word) throws Exception {
    String id = capsule(CapsuleStatus.RUNNING);
    server.platform.refusal = new PlatformException(code, "the reason");
    for (String action : new String[] {"pause", "resume", "fork"}) {
      HttpResponse<String> answer = server.post("/v1/capsules/" + id + "/" + action, "");
      refused(answer, status, word);
      assertTrue(answer.body().contains("the reason"), answer.body());
      assertEquals(status == 503 || status == 429, answer.headers().firstValue("Retry-After").isPresent());
    }
    refused(server.post("/v1/snapshots", "{\"sandbox_id\":\"" + id + "\"}"), status, word);
  }

  @Test
  void tellsWhatCameOfEachCopy() throws Exception {
    String id = capsule(CapsuleStatus.RUNNING);
    JsonNode copies = json(server.post("/v1/capsules/" + id + "/fork", "{\"count\":3}"), 201).get("copies");
    assertEquals(3, copies.size());
    assertEquals("running", copies.at("/0/capsule/status").asText());
    assertFalse(copies.get(0).has("error"));
    assertEquals("{\"error\":{\"code\":\"agent_error\",\"message\":\"no agent\"}}", copies.get(1).toString());
    assertEquals(1, json(server.post("/v1/capsules/" + id + "/fork", ""), 201).get("copies").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"count\":0}", "{\"count\":101}", "{\"count\":\"2\"}", "{\"count\":1.5}", "[]", "{"})
  void refusesBadCounts(String body) throws Exception {
    refused(server.post("/v1/capsules/" + capsule(CapsuleStatus.RUNNING) + "/fork", body), 400, "invalid_request");
    assertEquals(1, server.platform.capsules.size());
  }

  @Test
  void keepsTemplates() throws Exception {
    String id = capsule(CapsuleStatus.RUNNING);
    String order = "{\"sandbox_id\":\"" + id + "\",\"name\":\"mine\"}";
    assertEquals("{\"name\":\"mine\",\"type\":\"snapshot\",\"vcpus\":1,\"memory_mb\":512,\"size_bytes\":456,\"created_at\":\"2026-11-22T10:11:12Z\","
        + "\"platform\":false,\"metadata\":{\"kernel_version\":\"6\"}}", json(server.post("/v1/snapshots", order), 201).toString());
    refused(server.post("/v1/snapshots", order), 409, "template_name_taken");
    refused(server.post("/v1/snapshots?overwrite=false", order), 409, "template_name_taken");
    json(server.post("/v1/snapshots?overwrite=true", order), 201);
    refused(server.post("/v1/snapshots?overwrite=true", order.replace("mine", "minimal")), 409, "name_reserved");
    assertEquals("template-0a1b2c3d", json(server.post("/v1/snapshots", "{\"capsule_id\":\"" + id + "\",\"name\":\"\"}"), 201).get("name").asText());
    HttpResponse<String> own = server.get("/v1/snapshots?type=snapshot");
    assertTrue(own.body().startsWith("[") && own.body().contains("\"mine\"") && !own.body().contains("\"minimal\""), own.body());
    assertEquals(204, delete("/v1/snapshots/mine").statusCode());
    refused(delete("/v1/snapshots/mine"), 404, "not_found");
    refused(delete("/v1/snapshots/minimal"), 403, "forbidden");
    json(server.post("/v1/snapshots", order.replace("mine", "used")), 201);
    refused(delete("/v1/snapshots/used"), 409, "conflict");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"sandbox_id\":\"\"}", "{\"sandbox_id\":7}", "{\"sandbox_id\":\"x\"}", "[]"})
  void refusesTemplatesOfNothing(String body) throws Exception {
    refused(server.post("/v1/snapshots", body), 400, "invalid_request");
    assertTrue(server.platform.saved.isEmpty());
  }
}
