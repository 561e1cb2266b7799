package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.CloseFrame;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import dev.wrenn.itests.Talk;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What comes in is wrong in all ways that a die thinks of. Nothing fails inside, nothing breaks, nothing stays. */
@ExtendWith(SharedPlatform.class)
@Timeout(900)
class FuzzIT {
  private static final int REQUESTS = 350;
  private static final int STREAMS = 120;
  /** A few connections and threads of pools come and go at any time. */
  private static final int SLACK = 25;
  private static final String AGENT_PIDS = "for p in /proc/[0-9]*; do case \"$(tr '\\0' ' ' < $p/cmdline 2>/dev/null)\" in /init*) echo ${p#/proc/};; esac; done | sort -n";
  private RunningPlatform platform;
  private Api api;
  private String id;
  private String sandbox;
  private String token;
  private String agents;

  @BeforeEach
  void capsule(RunningPlatform shared) throws Exception {
    platform = shared;
    api = platform.api();
    JsonNode made = api.post("/sandboxes", "{\"templateID\":\"base\",\"secure\":true,\"timeout\":3600}").expect(201).json();
    sandbox = made.get("sandboxID").asText();
    token = made.get("envdAccessToken").asText();
    id = api.capsules().getFirst();
    api.sh(id, "mkdir -p /tmp/fuzz");
    agents = api.sh(id, AGENT_PIDS).get("stdout").asText();
    stillWorks();
  }

  /** Runs the rude ones and looks at the platform afterwards. */
  private interface Rude {
    void run() throws Exception;
  }

  private void surviving(Rude rude) throws Exception {
    int threads = platform.figures().threads();
    int files = platform.figures().openFiles();
    rude.run();
    stillWorks();
    assertEquals(agents, api.sh(id, AGENT_PIDS).get("stdout").asText(), "the agent is the one that was there");
    api.sh(id, "rm -rf /tmp/fuzz; pkill -9 -x cat; true");
    Await.until("no more threads than the " + threads + " of before", Duration.ofSeconds(120), platform.figures()::threads, now -> now <= threads + SLACK);
    Await.until("no more open files than the " + files + " of before", Duration.ofSeconds(120), platform.figures()::openFiles, now -> now <= files + SLACK);
  }

  private void stillWorks() throws Exception {
    assertEquals(200, api.get("/health").status());
    assertEquals("running", api.capsule(id).get("status").asText());
    assertEquals("fine\n", api.sh(id, "echo fine").get("stdout").asText());
    String file = "/v1/capsules/" + id + "/files/raw?path=/tmp/after";
    api.send("PUT", file, "content").expect(200);
    assertEquals("content", api.get(file).expect(200).text());
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Talk terminal = Talk.open(http, platform, "/v1/capsules/" + id + "/pty")) {
      terminal.send("{\"type\":\"start\",\"cmd\":\"/bin/sh\"}").next("started");
      terminal.type("echo $((20+3))mark\r").until("23mark");
      terminal.send("{\"type\":\"kill\"}");
    }
  }

  private int answer(RudeRequest request) throws IOException {
    try (Line line = new Line(platform.base())) {
      // Who closes his side has left, for the proxy; a whole request needs no end.
      line.last(concat(request), !request.whole());
      int status = line.status();
      while (status >= 100 && status < 200 && status != 101) {
        while (!line.line().isEmpty()) {
          // Headers of an interim answer.
        }
        status = line.status();
      }
      return status;
    }
  }

  private static byte[] concat(RudeRequest request) {
    byte[] head = (request.method() + " " + request.target() + " HTTP/1.1\r\n" + String.join("\r\n", request.headers()) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = java.util.Arrays.copyOf(head, head.length + request.body().length);
    System.arraycopy(request.body(), 0, all, head.length, request.body().length);
    return all;
  }

  private void requests(String what, java.util.function.Supplier<RudeRequest> next, Set<Integer> documented) throws IOException {
    Map<Integer, Integer> seen = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    int silent = 0;
    for (int round = 0; round < REQUESTS; round++) {
      RudeRequest request = next.get();
      int status = answer(request);
      seen.merge(status, 1, Integer::sum);
      silent += status == -1 && request.whole() ? 1 : 0;
      if (status >= 500 && !documented.contains(status)) {
        wrong.add("round " + round + ": " + status + " for " + request);
      }
    }
    System.out.println(what + ", answers by status: " + seen);
    assertEquals(List.of(), wrong);
    assertTrue(silent < REQUESTS / 20, silent + " whole requests without an answer: " + seen);
    assertTrue(seen.getOrDefault(502, 0) + seen.getOrDefault(503, 0) < REQUESTS / 5, "parts that seem away: " + seen);
  }

  @Test
  void rest() throws Exception {
    Dice dice = new Dice(20_261_101);
    surviving(() -> requests("REST", () -> RudeRequest.toRest(dice, id, platform.apiKey()), Set.of(502, 503)));
  }

  @Test
  void agentThroughTheProxy() throws Exception {
    Dice dice = new Dice(20_261_102);
    // 501 is what the agent's protocol says of methods that do not exist.
    surviving(() -> requests("agent", () -> RudeRequest.toAgent(dice, sandbox, token), Set.of(501, 502, 503)));
  }

  @Test
  void webSockets() throws Exception {
    Dice dice = new Dice(20_261_103);
    surviving(() -> {
      Map<Integer, Integer> seen = new TreeMap<>();
      for (int round = 0; round < STREAMS; round++) {
        try (Line line = new Line(platform.base())) {
          line.head("GET", "/v1/capsules/" + id + dice.of("/exec/stream", "/pty", "/files/watch", "/processes/no-such/stream"), "Host: x", "X-API-Key: " + platform.apiKey(),
              "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
          assertEquals(101, line.status());
          while (!line.line().isEmpty()) {
            // Only what comes after the upgrade matters.
          }
          java.io.ByteArrayOutputStream frames = new java.io.ByteArrayOutputStream();
          if (dice.chance(50)) {
            byte[] start = "{\"type\":\"start\",\"cmd\":\"cat\",\"stdin\":true,\"path\":\"/tmp\"}".getBytes(StandardCharsets.US_ASCII);
            frames.writeBytes(new byte[] {(byte) 0x81, (byte) (0x80 | start.length), 0, 0, 0, 0});
            frames.writeBytes(start);
          }
          for (int i = dice.number(5); i >= 0; i--) {
            frames.writeBytes(dice.frame());
          }
          line.last(frames.toByteArray(), true);
          int code = CloseFrame.code(new DataInputStream(line.in()), Line.PATIENCE_MILLIS);
          seen.merge(code, 1, Integer::sum);
          assertTrue(code != 1011, "round " + round + ": the server failed: close code " + code);
        }
      }
      System.out.println("WebSockets, ends by code: " + seen);
    });
  }
}
