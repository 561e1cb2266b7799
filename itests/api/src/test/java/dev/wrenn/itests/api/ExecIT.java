package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Target.Shared.class)
class ExecIT {
  private static String sh(String script, String more) {
    var body = Target.JSON.createObjectNode().put("cmd", "/bin/sh");
    body.putArray("args").add("-c").add(script);
    String text = body.toString();
    return more.isEmpty() ? text : text.substring(0, text.length() - 1) + "," + more + "}";
  }

  @Test
  void runsACommandWithArgumentsEnvironmentAndDirectory(Target target) throws Exception {
    JsonNode result = target.exec(sh("echo \"$A b\"; pwd; echo ä >&2; exit 3", "\"envs\":{\"A\":\"x y\"},\"cwd\":\"/tmp\""));
    assertEquals("x y b\n/tmp\n", result.get("stdout").asText());
    assertEquals("ä\n", result.get("stderr").asText());
    assertEquals(3, result.get("exit_code").asInt());
    assertEquals("utf-8", result.get("encoding").asText());
    assertEquals(target.capsule, result.get("sandbox_id").asText());
    assertEquals("/bin/sh", result.get("cmd").asText());
    assertTrue(result.get("duration_ms").isIntegralNumber());
    assertFalse(result.has("timed_out"));
  }

  @Test
  void putsNoShellAroundTheCommand(Target target) throws Exception {
    assertEquals("$HOME `id` ;\n", target.exec("{\"cmd\":\"echo\",\"args\":[\"$HOME\",\"`id`\",\";\"]}").get("stdout").asText());
  }

  @Test
  void sendsBytesAsBase64(Target target) throws Exception {
    JsonNode result = target.exec(sh("printf '\\377\\000\\n'; printf text >&2", ""));
    assertEquals("base64", result.get("encoding").asText());
    assertEquals("/wAK", result.get("stdout").asText());
    assertEquals("text", new String(Base64.getDecoder().decode(result.get("stderr").asText())));
  }

  @Test
  void carriesMuchOutput(Target target) throws Exception {
    JsonNode result = target.exec(sh("yes 0123456789abcde | head -c 3000000", ""));
    assertEquals(3_000_000, result.get("stdout").asText().length());
  }

  @Test
  void tellsOfAMissingProgramAsAShellDoes(Target target) throws Exception {
    JsonNode result = target.exec("{\"cmd\":\"no-such-program\"}");
    assertEquals(127, result.get("exit_code").asInt());
    assertTrue(result.get("stderr").asText().contains("not found"), result.toString());
  }

  @Test
  void endsACommandAtItsTimeLimitWithItsChildren(Target target) throws Exception {
    JsonNode result = target.exec(sh("echo before; sleep 4711 & sleep 4711; echo after", "\"timeout_sec\":2"));
    assertTrue(result.get("timed_out").asBoolean(), result.toString());
    assertEquals(-1, result.get("exit_code").asInt());
    assertEquals("before\n", result.get("stdout").asText());
    assertTrue(result.get("duration_ms").asLong() >= 2000, result.toString());
    Await.until("the children to be gone", Duration.ofSeconds(20),
        () -> target.exec(sh("grep -l -a '^sleep.4711' /proc/[0-9]*/cmdline | wc -l", "")).get("stdout").asText().trim(), "0"::equals);
  }

  @Test
  void tellsOfASignal(Target target) throws Exception {
    assertEquals(-1, target.exec(sh("kill -9 $$", "")).get("exit_code").asInt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"cmd\":\"\"}", "{\"cmd\":1}", "{\"cmd\":\"true\",\"args\":\"x\"}", "{\"cmd\":\"true\",\"args\":[null]}",
      "{\"cmd\":\"true\",\"envs\":{\"A\":1}}", "{\"cmd\":\"true\",\"timeout_sec\":\"1\"}", "{\"cmd\":\"true\",\"cwd\":\"/no/such/place\"}",
      "{\"cmd\":\"true\",\"user\":\"no-such-user\"}", "{\"cmd\":\"no-such-program\",\"background\":true}"})
  void refusesBadCommands(String body, Target target) throws Exception {
    assertEquals("invalid_request",
        target.api().post("/v1/capsules/" + target.capsule + "/exec", body).expect(400).json().at("/error/code").asText());
  }

  @Test
  void startsListsAndSignalsBackgroundProcesses(Target target) throws Exception {
    Api api = target.api();
    String processes = "/v1/capsules/" + target.capsule + "/processes";
    JsonNode started = api.post("/v1/capsules/" + target.capsule + "/exec", sh("trap 'exit 0' TERM; while :; do sleep 0.1; done",
        "\"background\":true")).expect(202).json();
    String tag = started.get("tag").asText();
    assertTrue(tag.matches("proc-[0-9a-f]{8}"));
    long pid = started.get("pid").asLong();
    JsonNode listed = Target.JSON.readTree(api.get(processes).expect(200).text()).get("processes");
    JsonNode mine = null;
    for (JsonNode process : listed) {
      mine = process.get("pid").asLong() == pid ? process : mine;
    }
    assertEquals(tag, mine.get("tag").asText());
    assertEquals("-c", mine.at("/args/0").asText());
    api.delete(processes + "/" + tag + "?signal=SIGTERM").expect(204);
    Await.until("the process to end", Duration.ofSeconds(20), () -> api.get(processes).expect(200).text(), text -> !text.contains(tag));
    assertEquals("not_found", api.delete(processes + "/" + tag).expect(404).json().at("/error/code").asText());
    String named = api.background(target.capsule, "exec sleep 600");
    api.delete(processes + "/" + named).expect(204);
    Await.until("the process to end", Duration.ofSeconds(20), () -> api.get(processes).expect(200).text(), text -> !text.contains(named));
  }
}
