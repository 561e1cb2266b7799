package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Templates and copies of real capsules: each capsule that comes of them is one of its own. */
@ExtendWith(Target.Shared.class)
@Timeout(600)
class TemplatesIT {
  private final List<String> made = new ArrayList<>();
  private final String name = "it-" + UUID.randomUUID().toString().substring(0, 8);
  private Target target;
  private Api api;
  private List<String> before;
  private String id;

  @BeforeEach
  void create(Target shared) throws Exception {
    target = shared;
    api = shared.api();
    before = shared.leftovers();
    id = keep(api.create());
    in(id, "echo saved > /dev/shm/kept; echo saved > /root/kept; echo 0 > /dev/shm/count");
    api.background(id, "i=0; while :; do i=$((i+1)); echo $i > /dev/shm/new; mv /dev/shm/new /dev/shm/count; sleep 0.1; done");
    Await.until("a count", Duration.ofSeconds(60), () -> in(id, "cat /dev/shm/count"), n -> Integer.parseInt(n) > 2);
  }

  @AfterEach
  void destroy() throws Exception {
    for (String capsule : made) {
      api.destroy(capsule);
    }
    api.delete("/v1/snapshots/" + name);
    Await.until("a machine as before", Duration.ofSeconds(120), target::leftovers, before::equals);
  }

  private String keep(String capsule) {
    made.add(capsule);
    return capsule;
  }

  private String in(String capsule, String line) throws IOException, InterruptedException {
    JsonNode done = api.sh(capsule, line);
    assertEquals(0, done.get("exit_code").asInt(), done.toString());
    return done.get("stdout").asText().strip();
  }

  private Api.Answer save(String query) throws IOException, InterruptedException {
    return api.post("/v1/snapshots" + query, "{\"sandbox_id\":\"" + id + "\",\"name\":\"" + name + "\"}");
  }

  private String fromTemplate() throws IOException, InterruptedException {
    JsonNode capsule = api.post("/v1/capsules", "{\"template\":\"" + name + "\"}").expect(201).json();
    assertEquals(name, capsule.get("template").asText());
    assertEquals(256, capsule.get("memory_mb").asInt(), "the sizes are the template's");
    return keep(capsule.get("id").asText());
  }

  private static void refused(Api.Answer answer, int status, String code) {
    assertEquals(code, answer.expect(status).json().at("/error/code").asText());
  }

  /** Every one goes on with what was saved, and none is taken for another. */
  private void areTheirOwn(List<String> capsules) throws IOException, InterruptedException {
    for (String what : List.of("hostname", "cat /etc/machine-id", "head -c 16 /dev/urandom | od -An -tx1")) {
      List<String> all = new ArrayList<>();
      for (String capsule : capsules) {
        all.add(in(capsule, what));
      }
      assertEquals(capsules.size(), new HashSet<>(all).size(), what + ": " + all);
      assertFalse(all.contains(""), what + ": " + all);
    }
    List<String> tokens = new ArrayList<>();
    for (String capsule : capsules) {
      tokens.add(api.send("PUT", "/v1/capsules/" + capsule + "/ports/8000", "{\"public\":false}").expect(200).json().get("token").asText());
      assertEquals("saved\nsaved", in(capsule, "cat /dev/shm/kept /root/kept"));
      String count = in(capsule, "cat /dev/shm/count");
      Await.until("a job that goes on in " + capsule, Duration.ofSeconds(60), () -> in(capsule, "cat /dev/shm/count"), n -> !n.equals(count));
      in(capsule, "echo " + capsule + " > /root/own; echo " + capsule + " > /dev/shm/own; sync");
    }
    assertEquals(capsules.size(), new HashSet<>(tokens).size(), "tokens of ports");
    for (String capsule : capsules) {
      assertEquals(capsule + "\n" + capsule, in(capsule, "cat /root/own /dev/shm/own"), "nobody writes what another one has");
    }
  }

  @Test
  void manyCapsulesBeginWhereOneWasSaved() throws Exception {
    String boot = in(id, "cat /proc/sys/kernel/random/boot_id");
    JsonNode template = save("").expect(201).json();
    assertEquals(List.of(name, "snapshot", "1", "256", "false"), List.of(template.get("name").asText(), template.get("type").asText(),
        template.get("vcpus").asText(), template.get("memory_mb").asText(), template.get("platform").asText()), template.toString());
    assertTrue(template.get("size_bytes").asLong() > 0, template.toString());
    assertTrue(api.get("/v1/snapshots?type=snapshot").expect(200).json().findValuesAsText("name").contains(name));
    assertEquals("running", api.capsule(id).get("status").asText());
    assertEquals(boot, in(id, "cat /proc/sys/kernel/random/boot_id"));
    areTheirOwn(List.of(id, fromTemplate(), fromTemplate()));
    refused(api.delete("/v1/snapshots/" + name), 409, "conflict");
  }

  @Test
  void aTemplateIsExchangedOnlyWhenThatIsSaid() throws Exception {
    save("").expect(201);
    refused(save(""), 409, "template_name_taken");
    String old = fromTemplate();
    in(id, "echo later > /dev/shm/kept");
    save("?overwrite=true").expect(201);
    String later = fromTemplate();
    assertEquals("later", in(later, "cat /dev/shm/kept"));
    assertEquals("saved", in(old, "cat /dev/shm/kept"), "who began from the old one goes on");
    refused(api.delete("/v1/snapshots/" + name), 409, "conflict");
    api.destroy(old);
    refused(api.delete("/v1/snapshots/" + name), 409, "conflict");
    api.destroy(later);
    api.delete("/v1/snapshots/" + name).expect(204);
    refused(api.delete("/v1/snapshots/" + name), 404, "not_found");
    refused(api.post("/v1/capsules", "{\"template\":\"" + name + "\"}"), 404, "not_found");
  }

  @Test
  void aPausedCapsuleCanBeSavedAndStaysPaused() throws Exception {
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    save("").expect(201);
    assertEquals("paused", api.capsule(id).get("status").asText());
    String copy = fromTemplate();
    assertEquals("saved", in(copy, "cat /dev/shm/kept"));
    api.post("/v1/capsules/" + id + "/resume", "").expect(200);
    areTheirOwn(List.of(id, copy));
  }

  @Test
  void refusesNamesOfOthers() throws Exception {
    String body = "{\"sandbox_id\":\"" + id + "\",\"name\":\"%s\"}";
    refused(api.post("/v1/snapshots?overwrite=true", body.formatted("minimal")), 409, "name_reserved");
    refused(api.post("/v1/snapshots", body.formatted("../etc")), 400, "invalid_request");
    refused(api.post("/v1/snapshots", "{}"), 400, "invalid_request");
    refused(api.post("/v1/snapshots", "{\"sandbox_id\":\"cl-" + "0".repeat(24) + "1\"}"), 404, "not_found");
    refused(api.delete("/v1/snapshots/minimal"), 403, "forbidden");
    assertEquals("running", api.capsule(id).get("status").asText());
  }

  @Test
  void copiesGoOnBesideTheOriginal() throws Exception {
    JsonNode copies = api.post("/v1/capsules/" + id + "/fork", "{\"count\":3}").expect(201).json().get("copies");
    assertEquals(3, copies.size(), copies.toString());
    List<String> all = new ArrayList<>(List.of(id));
    for (JsonNode copy : copies) {
      assertEquals("running", copy.at("/capsule/status").asText(), copy.toString());
      all.add(keep(copy.at("/capsule/id").asText()));
    }
    areTheirOwn(all);
    refused(api.post("/v1/capsules/" + id + "/fork", "{\"count\":0}"), 400, "invalid_request");
  }
}
