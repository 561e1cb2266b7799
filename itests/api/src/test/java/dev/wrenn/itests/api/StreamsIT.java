package dev.wrenn.itests.api;

import static dev.wrenn.itests.api.Stream.base64;
import static dev.wrenn.itests.api.Stream.sh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Await;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Target.Shared.class)
@Timeout(180)
class StreamsIT {
  @Test
  void streamsACommand(Target target) throws Exception {
    for (String mount : new String[] {"/v1", "/api/v1"}) {
      try (Stream stream = target.stream(mount + "/capsules/" + target.capsule + "/exec/stream", "X-API-Key", target.key)) {
        stream.send(sh("echo out; sleep 0.2; echo err >&2; exit 7"));
        assertTrue(stream.next("start").get("pid").asLong() > 0);
        assertEquals("out\n", stream.next("stdout").get("data").asText());
        assertEquals("err\n", stream.next("stderr").get("data").asText());
        assertEquals(7, stream.next("exit").get("exit_code").asInt());
        assertEquals(1000, stream.closeCode());
      }
    }
  }

  @Test
  void keepsCharactersWhole(Target target) throws Exception {
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send(sh("printf '\\303'; sleep 0.5; printf '\\244'"));
      stream.next("start");
      assertEquals("ä", stream.drain("stdout"));
    }
  }

  @Test
  void keepsBytesThatAreNoText(Target target) throws Exception {
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send(sh("printf 'a\\377'"));
      stream.next("start");
      assertEquals("{\"type\":\"stdout\",\"data\":\"a\"}", stream.next("stdout").toString());
      assertEquals("{\"type\":\"stdout\",\"data\":\"/w==\",\"encoding\":\"base64\"}", stream.next("stdout").toString());
    }
  }

  @Test
  void carriesMuchOutputUnchanged(Target target) throws Exception {
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send(sh("yes 0123456789abcde | head -c 8000000"));
      stream.next("start");
      String all = stream.drain("stdout");
      assertEquals(8_000_000, all.length());
      assertTrue(all.startsWith("0123456789abcde\n0123456789abcde\n") && all.endsWith("0123456789abcde\n"));
    }
  }

  @Test
  void writesToACommand(Target target) throws Exception {
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send("{\"type\":\"start\",\"cmd\":\"cat\",\"stdin\":true}").send("{\"type\":\"stdin\",\"data\":\"grüße\"}").send("{\"type\":\"stdin_close\"}");
      stream.next("start");
      assertEquals("grüße", stream.drain("stdout"));
    }
  }

  @Test
  void stopKillsAndLeavingDoesNot(Target target) throws Exception {
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send(sh("sleep 600 & wait"));
      stream.next("start");
      stream.send("{\"type\":\"stop\"}");
      assertEquals(-1, stream.next("exit").get("exit_code").asInt());
    }
    long pid;
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send(sh("exec sleep 600"));
      pid = stream.next("start").get("pid").asLong();
    }
    try (Stream again = target.stream("/processes/" + pid + "/stream")) {
      assertEquals(pid, again.next("start").get("pid").asLong());
      target.api().delete("/v1/capsules/" + target.capsule + "/processes/" + pid).expect(204);
      assertEquals(-1, again.next("exit").get("exit_code").asInt());
      assertEquals(1000, again.closeCode());
    }
  }

  @Test
  void tellsOfMissingProgramsAndProcesses(Target target) throws Exception {
    try (Stream stream = target.stream("/exec/stream")) {
      stream.send("{\"type\":\"start\",\"cmd\":\"no-such-program\"}");
      assertTrue(stream.next("stderr").get("data").asText().contains("not found"));
      assertEquals(127, stream.next("exit").get("exit_code").asInt());
    }
    try (Stream stream = target.stream("/processes/no-such-tag/stream")) {
      assertEquals("not_found", stream.next("error").get("code").asText());
      assertEquals(1000, stream.closeCode());
    }
  }

  @Test
  void acceptsCredentialsInTheFirstMessage(Target target) throws Exception {
    String path = "/v1/capsules/" + target.capsule + "/exec/stream";
    for (String secret : new String[] {target.token(), target.key}) {
      try (Stream stream = target.stream(path, new String[0])) {
        stream.send("{\"type\":\"auth\",\"token\":\"" + secret + "\"}").send(sh("echo hi"));
        stream.next("start");
        assertEquals("hi\n", stream.drain("stdout"));
      }
    }
    try (Stream stream = target.stream(path, new String[0])) {
      stream.send("{\"type\":\"auth\",\"token\":\"wrong\"}");
      assertEquals("unauthorized", stream.next("error").get("code").asText());
      assertEquals(1000, stream.closeCode());
    }
    try (Stream silent = target.stream(path, new String[0])) {
      assertEquals("unauthorized", silent.next("error").get("code").asText());
    }
  }

  @Test
  void refusesBadIdsAndForeignPagesBeforeTheUpgrade(Target target) throws Exception {
    assertEquals(400, refusal(target, "/v1/capsules/nonsense/pty", "X-API-Key", target.key));
    assertEquals(403, refusal(target, "/v1/capsules/" + target.capsule + "/pty", "Origin", "https://elsewhere.example"));
    try (Stream stream = target.stream("/v1/capsules/cl-" + "0".repeat(24) + "1/exec/stream", "X-API-Key", target.key)) {
      assertEquals("not_found", stream.next("error").get("code").asText());
      assertEquals(1000, stream.closeCode());
    }
  }

  private static int refusal(Target target, String path, String... headers) {
    CompletionException e = assertThrows(CompletionException.class, () -> target.stream(path, headers));
    return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
  }

  @Test
  void servesATerminalThatCanBeLeftAndFoundAgain(Target target) throws Exception {
    String tag;
    try (Stream first = target.stream("/pty")) {
      first.send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"cols\":91,\"rows\":31,\"envs\":{\"PS1\":\"$ \"}}");
      tag = first.next("started").get("tag").asText();
      assertTrue(tag.matches("pty-[0-9a-f]{8}"), tag);
      first.send("{\"type\":\"input\",\"data\":\"" + base64("stty size; echo $((20+3))mark\r") + "\"}");
      assertTrue(first.until("23mark").contains("31 91"));
      first.send("{\"type\":\"resize\",\"cols\":70,\"rows\":20}");
      first.send("{\"type\":\"input\",\"data\":\"" + base64("stty size; echo $((30+3))mark\r") + "\"}");
      assertTrue(first.until("33mark").contains("20 70"));
    }
    try (Stream second = target.stream("/pty"); Stream third = target.stream("/pty")) {
      second.send("{\"type\":\"connect\",\"tag\":\"" + tag + "\"}");
      JsonNode started = second.next("started");
      assertEquals(tag, started.get("tag").asText());
      assertTrue(second.until("33mark").contains("23mark"), "what was on the screen comes again");
      third.send("{\"type\":\"connect\",\"tag\":\"" + tag + "\",\"replay\":false}");
      third.next("started");
      second.send("{\"type\":\"input\",\"data\":\"" + base64("echo $((40+3))mark\r") + "\"}");
      second.until("43mark");
      third.until("43mark");
      second.send("{\"type\":\"kill\"}");
      Await.until("the exit", Duration.ofSeconds(30), () -> second.next().get("type").asText(), "exit"::equals);
      assertEquals(1000, second.closeCode());
    }
    try (Stream late = target.stream("/pty")) {
      late.send("{\"type\":\"connect\",\"tag\":\"pty-ffffffff\"}");
      JsonNode error = late.next("error");
      assertEquals("not_found", error.get("code").asText());
      assertTrue(error.get("fatal").asBoolean());
    }
  }
}
