package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.CapsuleStatus;
import java.io.IOException;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StreamsTest {
  private TestServer server;
  private String id;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer(Map.of("streamAuthMillis", 700L, "streamPingSeconds", 1, "allowedOrigins", new String[] {"https://friend.example"}));
    id = server.platform.put(CapsuleStatus.RUNNING, Optional.empty());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private String exec() {
    return "/v1/capsules/" + id + "/exec/stream";
  }

  private String pty() {
    return "/v1/capsules/" + id + "/pty";
  }

  private static String sh(String script) {
    return Wire.text(Map.of("type", "start", "cmd", "/bin/sh", "args", new String[] {"-c", script}));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(JsonNode output) {
    return new String(Base64.getDecoder().decode(output.path("data").asText()), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/api"})
  void streamsACommand(String prefix) throws Exception {
    Client client = Client.open(server, prefix + exec()).send(sh("echo out; sleep 0.1; echo err >&2; exit 7"));
    assertTrue(client.next("start").get("pid").asLong() > 0);
    assertEquals("{\"type\":\"stdout\",\"data\":\"out\\n\"}", client.next().toString());
    assertEquals("{\"type\":\"stderr\",\"data\":\"err\\n\"}", client.next().toString());
    assertEquals("{\"type\":\"exit\",\"exit_code\":7}", client.next().toString());
    assertEquals(1000, client.closeCode());
  }

  @Test
  void keepsCharactersWholeThatAreCutBetweenPieces() throws Exception {
    Client client = Client.open(server, exec()).send(sh("printf '\\303'; sleep 0.3; printf '\\244'; sleep 0.3; printf x"));
    client.next("start");
    assertEquals("{\"type\":\"stdout\",\"data\":\"ä\"}", client.next().toString());
    assertEquals("{\"type\":\"stdout\",\"data\":\"x\"}", client.next().toString());
    assertEquals("exit", client.next().get("type").asText());
  }

  @Test
  void keepsBytesThatAreNoText() throws Exception {
    Client client = Client.open(server, exec()).send(sh("printf 'a\\377b\\300c'; sleep 0.3; printf 'b\\303'; sleep 0.3; exit 0"));
    client.next("start");
    assertEquals("{\"type\":\"stdout\",\"data\":\"a\"}", client.next().toString());
    assertEquals("{\"type\":\"stdout\",\"data\":\"/2LA\",\"encoding\":\"base64\"}", client.next().toString());
    assertEquals("{\"type\":\"stdout\",\"data\":\"c\"}", client.next().toString());
    assertEquals("{\"type\":\"stdout\",\"data\":\"b\"}", client.next().toString());
    assertEquals("{\"type\":\"stdout\",\"data\":\"ww==\",\"encoding\":\"base64\"}", client.next().toString());
    assertEquals("exit", client.next().get("type").asText());
  }

  @Test
  void sendsBytesAsTheyAreWhenAskedTo() throws Exception {
    Client client = Client.open(server, exec())
        .send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"printf '\\\\377'\"],\"encoding\":\"base64\"}");
    client.next("start");
    assertEquals("{\"type\":\"stdout\",\"data\":\"/w==\",\"encoding\":\"base64\"}", client.next().toString());
  }

  @Test
  void takesEnvironmentDirectoryAndInput() throws Exception {
    Client client = Client.open(server, exec())
        .send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"echo $A; pwd; cat\"],\"envs\":{\"A\":\"1\"},\"cwd\":\"/tmp\",\"stdin\":true}")
        .send("{\"type\":\"stdin\",\"data\":\"from the client\\n\"}").send("{\"type\":\"stdin_close\"}");
    client.next("start");
    StringBuilder all = new StringBuilder();
    JsonNode message = client.next();
    for (; message.get("type").asText().equals("stdout"); message = client.next()) {
      all.append(message.get("data").asText());
    }
    assertEquals("1\n/tmp\nfrom the client\n", all.toString());
    assertEquals(0, message.get("exit_code").asInt());
  }

  @Test
  void stopKillsAndTellsTheExit() throws Exception {
    Client client = Client.open(server, exec()).send(sh("sleep 60 & wait"));
    client.next("start");
    client.send("not json").send("{\"type\":\"unknown\"}").send("{\"type\":\"stop\"}");
    assertEquals(-1, client.next("exit").get("exit_code").asInt());
    assertEquals(1000, client.closeCode());
  }

  @Test
  void aClientThatLeavesEndsNothing() throws Exception {
    Client client = Client.open(server, exec()).send(sh("sleep 60"));
    long pid = client.next("start").get("pid").asLong();
    client.leave();
    assertEquals(1000, client.closeCode());
    Client second = Client.open(server, exec()).send(sh("yes"));
    long noisy = second.next("start").get("pid").asLong();
    second.vanish();
    assertTrue(server.platform.processes.alive(pid));
    assertTrue(server.platform.processes.alive(noisy));
  }

  @Test
  void tellsOfAMissingProgramAsAShellDoes() throws Exception {
    Client client = Client.open(server, exec()).send("{\"type\":\"start\",\"cmd\":\"no-such-program\"}");
    assertEquals("sh: no-such-program: not found\n", client.next("stderr").get("data").asText());
    assertEquals(127, client.next("exit").get("exit_code").asInt());
    assertEquals(1000, client.closeCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":\"start\"}", "{\"type\":\"start\",\"cmd\":5}", "{\"type\":\"stop\"}", "nonsense", "[]",
      "{\"type\":\"start\",\"cmd\":\"pwd\",\"cwd\":\"/nowhere\"}"})
  void refusesWrongFirstMessages(String message) throws Exception {
    Client client = Client.open(server, exec()).send(message);
    assertEquals("invalid_request", client.next("error").get("code").asText());
    assertEquals(1000, client.closeCode());
  }

  @Test
  void acceptsCredentialsInTheFirstMessage() throws Exception {
    for (String token : new String[] {TestPlatform.TOKEN, TestPlatform.KEY}) {
      Client client = Client.open(server, exec(), "X-Other", "x")
          .send("{\"type\":\"auth\",\"token\":\"" + token + "\"}").send(sh("echo hi"));
      client.next("start");
      assertEquals("hi\n", client.next("stdout").get("data").asText());
      client.next("exit");
    }
    Client wrongKey = Client.open(server, exec(), "X-API-Key", "wrn_wrong").send("{\"type\":\"auth\",\"token\":\"" + TestPlatform.TOKEN + "\"}")
        .send(sh("true"));
    wrongKey.next("start");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"type\":\"auth\",\"token\":\"wrong\"}", "{\"type\":\"auth\"}", "{\"type\":\"start\",\"cmd\":\"true\"}", "junk"})
  void refusesWrongCredentials(String message) throws Exception {
    Client client = Client.open(server, exec(), "X-Other", "x").send(message);
    assertEquals("unauthorized", client.next("error").get("code").asText());
    assertEquals(1000, client.closeCode());
  }

  @Test
  void givesUpOnClientsThatSayNothing() throws Exception {
    Client client = Client.open(server, pty(), "X-Other", "x");
    JsonNode error = client.next("error");
    assertEquals("unauthorized", error.get("code").asText());
    assertTrue(error.get("fatal").asBoolean());
    assertEquals(1000, client.closeCode());
  }

  @Test
  void tellsWhatIsWrongWithTheCapsuleAfterTheUpgrade() throws Exception {
    Client unknown = Client.open(server, "/v1/capsules/cl-" + "z".repeat(25) + "/exec/stream");
    assertEquals("not_found", unknown.next("error").get("code").asText());
    String ended = server.platform.put(CapsuleStatus.STOPPED, Optional.empty());
    Client stopped = Client.open(server, "/v1/capsules/" + ended + "/pty");
    assertEquals("invalid_state", stopped.next("error").get("code").asText());
    Client deactivated = Client.open(server, exec(), "Authorization", "Bearer deactivated");
    assertEquals("account_deactivated", deactivated.next("error").get("code").asText());
  }

  private int refusal(String path, String... headers) {
    CompletionException e = assertThrows(CompletionException.class, () -> Client.open(server, path, headers));
    return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
  }

  @Test
  void refusesBadIdsAndForeignPagesBeforeTheUpgrade() throws Exception {
    assertEquals(400, refusal("/v1/capsules/nonsense/exec/stream", "X-API-Key", TestPlatform.KEY));
    assertEquals(403, refusal(exec(), "X-API-Key", TestPlatform.KEY, "Origin", "https://evil.example"));
    Client.open(server, exec(), "X-API-Key", TestPlatform.KEY, "Origin", "https://friend.example").leave();
    Client.open(server, exec(), "X-API-Key", TestPlatform.KEY, "Origin", server.uri("").toString()).leave();
    assertEquals(400, server.get(exec()).statusCode());
  }

  @Test
  void attachesToAProcess() throws Exception {
    Client client = Client.open(server, exec()).send(sh("echo before; read x; echo after").replace("\"start\"", "\"start\",\"stdin\":true"));
    long pid = client.next("start").get("pid").asLong();
    client.next("stdout");
    Client listener = Client.open(server, "/v1/capsules/" + id + "/processes/" + pid + "/stream?replay=false").send("whatever");
    Client replay = Client.open(server, "/v1/capsules/" + id + "/processes/" + pid + "/stream?encoding=base64");
    assertEquals(pid, listener.next("start").get("pid").asLong());
    assertEquals(pid, replay.next("start").get("pid").asLong());
    assertEquals("before\n", text(replay.next("stdout")));
    client.send("{\"type\":\"stdin\",\"data\":\"go\\n\"}");
    assertEquals("after\n", listener.next("stdout").get("data").asText());
    assertEquals("after\n", text(replay.next("stdout")));
    assertEquals(0, listener.next("exit").get("exit_code").asInt());
    assertEquals(1000, listener.closeCode());
    Client nobody = Client.open(server, "/v1/capsules/" + id + "/processes/nobody/stream");
    assertEquals("not_found", nobody.next("error").get("code").asText());
    assertEquals(1000, nobody.closeCode());
  }

  private JsonNode skipPings(Client client) throws InterruptedException {
    JsonNode message = client.next();
    while (message.get("type").asText().equals("ping")) {
      message = client.next();
    }
    return message;
  }

  @Test
  void servesATerminalToSeveralClients() throws Exception {
    Client first = Client.open(server, pty()).send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"cat\"],\"cols\":100,\"rows\":30}");
    JsonNode started = first.next("started");
    String tag = started.get("tag").asText();
    assertTrue(tag.matches("pty-[0-9a-f]{8}"), tag);
    first.send("{\"type\":\"input\",\"data\":\"%%%\"}").send("{\"type\":\"input\",\"data\":\"" + base64("ä1\n") + "\"}");
    assertEquals("ä1\n", text(skipPings(first)));
    Client second = Client.open(server, pty()).send("{\"type\":\"connect\",\"tag\":\"" + tag + "\"}");
    assertEquals(started.get("pid"), second.next("started").get("pid"));
    assertEquals("ä1\n", text(skipPings(second)));
    Client third = Client.open(server, pty()).send("{\"type\":\"connect\",\"tag\":\"" + tag + "\",\"replay\":false}");
    third.next("started");
    second.send("{\"type\":\"resize\",\"cols\":90,\"rows\":20}").send("{\"type\":\"resize\",\"cols\":0,\"rows\":20}").send("{\"type\":\"pong\"}");
    for (Client client : new Client[] {first, second, third}) {
      assertEquals("[90x20]", text(skipPings(client)));
    }
    second.leave();
    first.send("{\"type\":\"kill\"}");
    assertEquals(-1, skipPings(first).get("exit_code").asInt());
    assertEquals("exit", skipPings(third).get("type").asText());
    assertEquals(1000, third.closeCode());
  }

  @Test
  void talksInBareBytesToATerminalClientThatDoes() throws Exception {
    Client client = Client.open(server, pty()).send("{\"type\":\"start\",\"cmd\":\"/bin/cat\"}");
    client.next("started");
    client.send("{\"type\":\"input\",\"data\":\"" + base64("one\n") + "\"}");
    assertEquals("one\n", text(skipPings(client)));
    client.send("two\n".getBytes(StandardCharsets.UTF_8));
    JsonNode bare = skipPings(client);
    assertEquals("bare", bare.get("type").asText());
    assertEquals("two\n", bare.get("data").asText());
    client.send("{\"type\":\"kill\"}");
    assertEquals("exit", skipPings(client).get("type").asText());
    Client command = Client.open(server, exec()).send("ignored".getBytes(StandardCharsets.UTF_8)).send(sh("echo hi"));
    command.next("start");
  }

  @Test
  void pingsTerminalsAndConnections() throws Exception {
    Client terminal = Client.open(server, pty()).send("{\"type\":\"start\",\"cmd\":\"/bin/cat\"}");
    terminal.next("started");
    terminal.next("ping");
    terminal.pinged.get(10, TimeUnit.SECONDS);
    Client command = Client.open(server, exec()).send(sh("sleep 60"));
    command.next("start");
    command.pinged.get(10, TimeUnit.SECONDS);
    assertTrue(command.messages.isEmpty(), "commands get no pings as messages");
  }

  @Test
  void refusesTerminalsThatAreNotThere() throws Exception {
    Client client = Client.open(server, pty()).send("{\"type\":\"connect\",\"tag\":\"pty-00000000\"}");
    JsonNode error = client.next("error");
    assertEquals("not_found", error.get("code").asText());
    assertTrue(error.get("fatal").asBoolean());
    assertEquals(1000, client.closeCode());
    Client tagless = Client.open(server, pty()).send("{\"type\":\"connect\"}");
    assertEquals("invalid_request", tagless.next("error").get("code").asText());
  }

  @Test
  void tellsWhatChangesInADirectory() throws Exception {
    String watch = "/v1/capsules/" + id + "/files/watch";
    Files.createDirectories(server.platform.files.path("/w"));
    Client client = Client.open(server, watch).send("{\"type\":\"start\",\"path\":\"/w\"}");
    client.next("start");
    Files.writeString(server.platform.files.path("/w/new"), "abc");
    JsonNode made = skipPings(client);
    assertEquals("create", made.get("event").asText());
    assertEquals("new", made.get("name").asText());
    assertEquals("file", made.at("/entry/type").asText());
    Files.delete(server.platform.files.path("/w/new"));
    JsonNode gone = skipPings(client);
    assertEquals("{\"type\":\"event\",\"event\":\"remove\",\"name\":\"new\"}", gone.toString());
    client.next("ping");
    client.send("{\"type\":\"stop\"}");
    assertEquals(1000, client.closeCode());
    Client missing = Client.open(server, watch).send("{\"type\":\"start\",\"path\":\"/nowhere\"}");
    assertEquals("not_found", missing.next("error").get("code").asText());
    assertEquals(1000, missing.closeCode());
    for (String wrong : new String[] {"{\"type\":\"start\"}", "{\"type\":\"stop\"}", "x", "{\"type\":\"start\",\"path\":{}}"}) {
      assertEquals("invalid_request", Client.open(server, watch).send(wrong).next("error").get("code").asText());
    }
    Client left = Client.open(server, watch).send("{\"type\":\"start\",\"path\":\"/w\"}");
    left.next("start");
    left.leave();
    assertEquals(1000, left.closeCode());
  }

  @Test
  void refusesHugeMessages() throws Exception {
    Client client = Client.open(server, exec()).send("{\"type\":\"start\",\"cmd\":\"" + "x".repeat(1 << 20) + "\"}");
    assertEquals(1009, client.closeCode());
  }

  @Test
  void carriesMuchOutputUnchanged() throws Exception {
    Client client = Client.open(server, exec()).send(sh("yes 0123456789abcdef | head -c 20000000"));
    client.next("start");
    long length = 0;
    JsonNode message = client.next();
    for (; message.get("type").asText().equals("stdout"); message = client.next()) {
      length += message.get("data").asText().length();
    }
    assertEquals(20_000_000, length);
    assertFalse(client.closed.isCompletedExceptionally());
  }

  @Test
  void aSlowClientSlowsItsOwnProcessOnly() throws Exception {
    Client slow = Client.open(server, exec()).send(sh("exec yes 0123456789abcdef"));
    long pid = slow.next("start").get("pid").asLong();
    slow.pause();
    long written = -1;
    for (long now = written(pid); now != written || now == 0; now = written(pid)) {
      written = now;
      Client other = Client.open(server, exec()).send(sh("echo quick; sleep 0.3"));
      other.next("start");
      assertEquals("quick\n", other.next("stdout").get("data").asText());
      other.next("exit");
    }
    assertTrue(written < 64 << 20, "held back after " + written + " bytes");
    slow.goOn();
    while (written(pid) == written) {
      slow.next("stdout");
    }
    slow.send("{\"type\":\"stop\"}");
  }

  private static long written(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/io")).stream().filter(line -> line.startsWith("wchar: "))
        .mapToLong(line -> Long.parseLong(line.substring(7))).findFirst().orElseThrow();
  }
}
