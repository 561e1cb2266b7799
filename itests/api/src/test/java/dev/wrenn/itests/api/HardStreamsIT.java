package dev.wrenn.itests.api;

import static dev.wrenn.itests.api.Stream.base64;
import static dev.wrenn.itests.api.Stream.sh;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that are many, slow, rude or broken. */
@ExtendWith(Target.Shared.class)
@Timeout(600)
class HardStreamsIT {
  private static final int TERMINALS = 100;

  @Test
  void aSlowReaderLosesNothingAndSlowsNobodyElse(Target target) throws Exception {
    int bytes = 30_000_000;
    try (Stream slow = target.stream("/exec/stream")) {
      slow.pause().send(sh("yes 0123456789abcde | head -c " + bytes + "; touch /tmp/it-slow-done"));
      for (int i = 0; i < 5; i++) {
        try (Stream quick = target.stream("/exec/stream")) {
          quick.send(sh("echo quick"));
          quick.next("start");
          assertEquals("quick\n", quick.drain("stdout"));
        }
      }
      assertEquals(1, target.exec("{\"cmd\":\"test\",\"args\":[\"-e\",\"/tmp/it-slow-done\"]}").get("exit_code").asInt(), "the process waits for its reader");
      slow.goOn();
      slow.next("start");
      String all = slow.drain("stdout");
      assertEquals(bytes, all.length());
      for (int at = 0; at < bytes; at += 16) {
        assertTrue(all.startsWith("0123456789abcde\n", at), "at " + at);
      }
    }
  }

  @Test
  void servesAHundredTerminalsThatOpenInOneBurst(Target target) throws Exception {
    Api api = target.api();
    String id = api.post("/v1/capsules", "{\"memory_mb\":512}").expect(201).json().get("id").asText();
    List<Stream> streams = new ArrayList<>();
    long begun = System.nanoTime();
    try {
      for (int i = 0; i < TERMINALS; i++) {
        Stream stream = target.stream("/v1/capsules/" + id + "/pty", "X-API-Key", target.key);
        streams.add(stream.send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"env\":{\"PS1\":\"$ \"}}"));
      }
      for (Stream stream : streams) {
        stream.next("started");
      }
      System.out.printf("%d terminals opened in one burst in %d ms%n", TERMINALS, (System.nanoTime() - begun) / 1_000_000);
      assertEquals(TERMINALS, api.get("/v1/capsules/" + id + "/processes").expect(200).json().get("processes").size());
      for (int i = 0; i < TERMINALS; i++) {
        streams.get(i).send("{\"type\":\"input\",\"data\":\"" + base64("echo $((" + i + "+1000))mark\r") + "\"}");
        streams.get(i).until((i + 1000) + "mark");
      }
      assertEquals("still here\n", api.sh(id, "echo still here").get("stdout").asText());
    } finally {
      streams.forEach(Stream::close);
      api.destroy(id);
    }
  }

  @Test
  void bytesThatAreNoTextSurvive(Target target) throws Exception {
    byte[] expected = {0, 1, (byte) 0x80, (byte) 0xFE, (byte) 0xFF, (byte) 0xC3};
    String print = "stty raw -echo 2>/dev/null; printf '\\000\\001\\200\\376\\377\\303'";
    try (Stream command = target.stream("/exec/stream")) {
      command.send(sh(print).replace("\"start\"", "\"start\",\"encoding\":\"base64\""));
      command.next("start");
      assertArrayEquals(expected, Base64.getDecoder().decode(command.next("stdout").get("data").asText()));
    }
    try (Stream terminal = target.stream("/pty")) {
      terminal.send(sh(print));
      terminal.next("started");
      assertArrayEquals(expected, raw(terminal));
    }
    try (Stream echo = target.stream("/pty")) {
      echo.send(sh("stty raw -echo; printf R; head -c 6"));
      echo.next("started");
      echo.until("R");
      echo.send("{\"type\":\"input\",\"data\":\"" + Base64.getEncoder().encodeToString(expected) + "\"}");
      assertArrayEquals(expected, raw(echo));
    }
  }

  private static byte[] raw(Stream terminal) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (JsonNode message = terminal.next(); message.get("type").asText().equals("output"); message = terminal.next()) {
      bytes.writeBytes(Base64.getDecoder().decode(message.get("data").asText()));
    }
    return bytes.toByteArray();
  }

  @Test
  void replaysTheLastOutputAfterAReconnect(Target target) throws Exception {
    String tag = target.api().background(target.capsule, "echo before; sleep 600");
    try {
      for (int i = 0; i < 3; i++) {
        try (Stream stream = target.stream("/processes/" + tag + "/stream")) {
          assertTrue(stream.next("start").get("pid").asLong() > 0);
          assertEquals("before\n", stream.next("stdout").get("data").asText());
        }
      }
    } finally {
      target.api().delete("/v1/capsules/" + target.capsule + "/processes/" + tag).expect(204);
    }
  }

  @Test
  void frameFuzz(Target target) throws Exception {
    Random random = new Random(20_261_122);
    Set<Integer> decent = Set.of(-1, 1000, 1002, 1003, 1005, 1007, 1008, 1009);
    List<String> paths = List.of("/exec/stream", "/pty", "/files/watch", "/processes/no-such-tag/stream");
    for (int round = 0; round < 120; round++) {
      String path = paths.get(random.nextInt(paths.size()));
      byte[] bytes = rude(random);
      try (RawSocket socket = new RawSocket(target, "/v1/capsules/" + target.capsule + path)) {
        if (random.nextBoolean()) {
          socket.text("{\"type\":\"start\",\"cmd\":\"cat\",\"stdin\":true,\"path\":\"/tmp\"}");
        }
        int code = socket.bytes(bytes).bytes(RawSocket.frame(0x88, new byte[] {3, (byte) 0xE8})).end().closeCode();
        assertTrue(decent.contains(code), "round " + round + ": close code " + code + " after " + new String(bytes, StandardCharsets.ISO_8859_1));
      }
    }
    assertEquals("ok", target.anonymous().get("/health").expect(200).json().get("status").asText());
    assertEquals("fine\n", target.exec("{\"cmd\":\"echo\",\"args\":[\"fine\"]}").get("stdout").asText());
    target.api().sh(target.capsule, "pkill -9 -x cat || true");
  }

  private static byte[] rude(Random random) {
    byte[] noise = new byte[random.nextInt(300)];
    random.nextBytes(noise);
    String[] words = {"{", "}", "[", "]", "\"type\"", ":", ",", "\"start\"", "\"input\"", "\"resize\"", "\"data\"", "\"cols\"", "-1", "1e999", "null",
        "\"cmd\"", "\"args\"", "\"%%%\"", "\"\\u0000\"", "\"stop\"", "99999999999999999999", "true", "\"connect\"", "\"tag\"", "\"path\""};
    StringBuilder text = new StringBuilder("{\"type\":");
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(words[random.nextInt(words.length)]);
    }
    return switch (random.nextInt(9)) {
      case 0 -> noise;
      case 1 -> RawSocket.frame(0x81, noise);
      case 2 -> RawSocket.frame(0x81, text.toString().getBytes(StandardCharsets.UTF_8));
      case 3 -> RawSocket.frame(0x83 + random.nextInt(5), noise);
      case 4 -> RawSocket.frame(0xF1, noise);
      case 5 -> new byte[] {(byte) 0x81, 5, 'h', 'e', 'l', 'l', 'o'};
      case 6 -> RawSocket.frame(0x89, new byte[126 + random.nextInt(100)]);
      case 7 -> RawSocket.frame(0x80, noise);
      default -> new byte[] {(byte) 0x81, (byte) 0xFF, (byte) (random.nextBoolean() ? 0x80 : 0), 0, 0, 0, 0x7F, 0, 0, 0, 0, 0, 0, 0};
    };
  }

  @Test
  void refusesWhatIsNoWebSocketOrTooLong(Target target) throws Exception {
    String path = "/v1/capsules/" + target.capsule + "/exec/stream";
    try (RawSocket longer = new RawSocket(target, path)) {
      assertEquals(1009, longer.bytes(RawSocket.frame(0x81, "x".repeat(3 << 20).getBytes(StandardCharsets.UTF_8))).closeCode());
    }
    try (RawSocket pieces = new RawSocket(target, path)) {
      byte[] piece = "x".repeat(1 << 19).getBytes(StandardCharsets.UTF_8);
      pieces.bytes(RawSocket.frame(0x01, piece)).bytes(RawSocket.frame(0x00, piece)).bytes(RawSocket.frame(0x00, piece));
      assertEquals(1009, pieces.closeCode());
    }
    try (RawSocket broken = new RawSocket(target, path)) {
      assertEquals(1007, broken.bytes(RawSocket.frame(0x81, new byte[] {(byte) 0xC3, 0x28})).closeCode());
    }
    try (RawSocket unmasked = new RawSocket(target, path)) {
      assertEquals(1002, unmasked.bytes(new byte[] {(byte) 0x81, 2, '{', '}'}).closeCode());
    }
    try (Stream nonsense = target.stream("/exec/stream")) {
      assertEquals("invalid_request", nonsense.send("{\"type\":").next("error").get("code").asText());
      assertEquals(1000, nonsense.closeCode());
    }
  }
}
