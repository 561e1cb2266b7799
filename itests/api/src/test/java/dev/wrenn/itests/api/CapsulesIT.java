package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Target.Shared.class)
class CapsulesIT {
  @Test
  void showsACapsuleInTheShapeOfTheContract(Target target) throws Exception {
    JsonNode capsule = target.api().get("/api/v1/capsules/" + target.capsule).expect(200).json();
    assertTrue(target.capsule.matches("cl-[0-9a-z]{25}"));
    assertEquals("running", capsule.get("status").asText());
    assertEquals("minimal", capsule.get("template").asText());
    assertEquals(1, capsule.get("vcpus").asInt());
    assertEquals(256, capsule.get("memory_mb").asInt());
    for (String time : new String[] {"created_at", "started_at", "last_updated"}) {
      assertTrue(capsule.get(time).asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"), time + " in " + capsule);
    }
    assertTrue(capsule.get("metadata").has("kernel_version"), capsule.toString());
    assertTrue(capsule.get("steps").size() > 0, capsule.toString());
    assertFalse(capsule.toString().contains("null"), capsule.toString());
    assertTrue(target.api().capsules().contains(target.capsule));
  }

  @Test
  void countsPings(Target target) throws Exception {
    target.api().post("/v1/capsules/" + target.capsule + "/ping", "").expect(204);
  }

  @Test
  void makesTheSameCapsuleForTheSameKeyAndEndsItForGood(Target target) throws Exception {
    Api api = new Api(target.base, "X-API-Key", target.key, "Idempotency-Key", UUID.randomUUID().toString());
    String id = api.post("/v1/capsules", "{\"memory_mb\":256,\"unknown_field\":[1]}").expect(201).json().get("id").asText();
    try {
      assertEquals(id, api.post("/v1/capsules", "{\"memory_mb\":256,\"unknown_field\":[1]}").expect(201).json().get("id").asText());
      assertEquals("conflict", api.post("/v1/capsules", "{\"memory_mb\":512}").expect(409).json().at("/error/code").asText());
    } finally {
      api.delete("/v1/capsules/" + id).expect(204);
    }
    api.delete("/v1/capsules/" + id).expect(204);
    assertEquals("stopped", api.capsule(id).get("status").asText());
    assertFalse(api.capsules().contains(id));
    assertTrue(api.get("/v1/capsules?ended=true").expect(200).text().contains(id));
    assertEquals("invalid_state", api.post("/v1/capsules/" + id + "/exec", "{\"cmd\":\"true\"}").expect(409).json().at("/error/code").asText());
    assertEquals("invalid_state", api.post("/v1/capsules/" + id + "/ping", "").expect(409).json().at("/error/code").asText());
    assertEquals("invalid_state", api.get("/v1/capsules/" + id + "/processes").expect(409).json().at("/error/code").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "\"x\"", "{\"vcpus\":\"2\"}", "{\"vcpus\":1.5}", "{\"memory_mb\":2147483648}", "{\"memory_mb\":1}",
      "{\"vcpus\":100000}", "{\"template\":7}", "{\"template\":\"../etc\"}", "{\"timeout_sec\":{}}"})
  void refusesBadOrders(String body, Target target) throws Exception {
    assertEquals("invalid_request", target.api().post("/v1/capsules", body).expect(400).json().at("/error/code").asText());
  }

  @Test
  void refusesWhatIsNotThere(Target target) throws Exception {
    assertEquals("not_found", target.api().post("/v1/capsules", "{\"template\":\"no-such-template\"}").expect(404).json().at("/error/code").asText());
    String unknown = "cl-" + "0".repeat(24) + "1";
    target.api().get("/v1/capsules/" + unknown).expect(404);
    target.api().delete("/v1/capsules/" + unknown).expect(404);
    target.api().post("/v1/capsules/" + unknown + "/ping", "").expect(404);
    target.api().post("/v1/capsules/" + unknown + "/exec", "{\"cmd\":\"true\"}").expect(404);
    for (String malformed : new String[] {"x", "cl-1", "CL-" + "0".repeat(25), "cl-" + "0".repeat(26)}) {
      target.api().get("/v1/capsules/" + malformed).expect(400);
      target.api().delete("/v1/capsules/" + malformed).expect(400);
    }
  }

  @Test
  void listsTemplatesHostsAndDrivers(Target target) throws Exception {
    JsonNode templates = target.api().get("/v1/snapshots").expect(200).json();
    assertTrue(templates.toString().contains("\"minimal\""), templates.toString());
    assertEquals("[]", target.api().get("/v1/snapshots?type=unknown").expect(200).text());
    JsonNode hosts = target.session().get("/v1/hosts").expect(200).json();
    assertTrue(hosts.get(0).get("memory_mb").asInt() > 0, hosts.toString());
    JsonNode drivers = target.session().get("/v1/drivers").expect(200).json();
    assertTrue(drivers.toString().contains("\"hypervisor\""), drivers.toString());
    target.api().get("/v1/hosts").expect(401);
  }
}
