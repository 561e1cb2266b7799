package dev.wrenn.itests.api;

import static dev.wrenn.itests.api.Stream.base64;
import static dev.wrenn.itests.api.Stream.sh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Real capsules that are paused by themselves, and are woken by whatever uses them next. */
@ExtendWith(Target.Shared.class)
@Timeout(900)
class WakeIT {
  private static final Duration LONG = Duration.ofSeconds(120);
  private static final int MANY = 20;
  private final List<String> made = new ArrayList<>();
  private Target target;
  private Api api;
  private List<String> before;

  @BeforeEach
  void look(Target shared) throws Exception {
    target = shared;
    api = target.api();
    before = target.leftovers();
  }

  @AfterEach
  void destroy() throws Exception {
    for (String id : made) {
      api.destroy(id);
    }
    Await.until("a machine as before", LONG, target::leftovers, before::equals);
  }

  @FunctionalInterface
  private interface Use {
    void run() throws Exception;
  }

  private String create(String fields) throws IOException, InterruptedException {
    String id = api.post("/v1/capsules", "{\"memory_mb\":256," + fields + "}").expect(201).json().get("id").asText();
    made.add(id);
    return id;
  }

  private String status(String id) throws IOException, InterruptedException {
    return api.capsule(id).get("status").asText();
  }

  private void pauses(String id) {
    Await.until("a pause of " + id, LONG, () -> status(id), "paused"::equals);
  }

  private void pause(String id) throws IOException, InterruptedException {
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
  }

  private List<String> history(String id) throws IOException, InterruptedException {
    return api.get("/v1/capsules/" + id + "/history").expect(200).json().findValuesAsText("status");
  }

  private static Instant end(JsonNode capsule) {
    return Instant.parse(capsule.get("end_at").asText());
  }

  private static void refused(Api.Answer answer, String words) {
    JsonNode error = answer.expect(409).json().get("error");
    assertEquals("invalid_state", error.get("code").asText());
    assertTrue(error.get("message").asText().contains(words), error.toString());
  }

  @Test
  void anIdleCapsuleIsPausedAndEachUseWakesIt() throws Exception {
    String id = create("\"timeout_sec\":2,\"wake\":true");
    String below = "/v1/capsules/" + id;
    api.sh(id, "echo kept > /dev/shm/kept");
    List<Use> uses = List.of(
        () -> assertEquals("kept\n", api.sh(id, "cat /dev/shm/kept").get("stdout").asText()),
        () -> assertEquals("kept\n", api.post(below + "/files/read", "{\"path\":\"/dev/shm/kept\"}").expect(200).text()),
        () -> api.get(below + "/processes").expect(200),
        () -> {
          try (Stream command = target.stream(below + "/exec/stream", "X-API-Key", target.key)) {
            command.send(sh("cat /dev/shm/kept"));
            command.next("start");
            assertEquals("kept\n", command.next("stdout").get("data").asText());
          }
        },
        () -> {
          try (Stream terminal = target.stream(below + "/pty", "X-API-Key", target.key)) {
            terminal.send("{\"type\":\"start\",\"cmd\":\"/bin/sh\"}");
            terminal.next("started");
            terminal.send("{\"type\":\"input\",\"data\":\"" + base64("echo $((20+3))mark; exit\r") + "\"}");
            terminal.until("23mark");
          }
        });
    for (Use use : uses) {
      pauses(id);
      use.run();
      assertTrue(history(id).getLast().equals("running"), "a use has woken it");
    }
    pauses(id);
    assertEquals(uses.size(), history(id).stream().filter("starting"::equals).count() - 1, "no resume but for each use, and the start");
  }

  @Test
  void lookingAtItWakesNothing() throws Exception {
    String id = create("\"wake\":true");
    String below = "/v1/capsules/" + id;
    pause(id);
    for (String look : List.of("", "/history", "/metrics", "/ports")) {
      api.get(below + look).expect(200);
    }
    api.get(below + "/logs");
    api.get("/v1/capsules").expect(200);
    refused(api.post(below + "/ping", ""), "paused");
    assertEquals("paused", status(id));
    assertFalse(history(id).subList(2, history(id).size()).contains("starting"));
  }

  @Test
  void withoutTheWishAUseSaysWhatToDo() throws Exception {
    String id = create("\"timeout_sec\":2");
    pauses(id);
    refused(api.post("/v1/capsules/" + id + "/exec", "{\"cmd\":\"true\"}"), "is paused: resume it first");
    refused(api.post("/v1/capsules/" + id + "/files/stat", "{\"path\":\"/\"}"), "is paused: resume it first");
    assertEquals(409, target.raw("GET", "/", null, "X-Wrenn-Capsule", id, "X-Wrenn-Port", "8000").statusCode());
    assertEquals("paused", status(id));
  }

  @Test
  void requestsToItsPortsWakeItForThoseWhoMayComeIn() throws Exception {
    String id = create("\"wake\":true,\"public_ports\":false");
    api.background(id, "cd /tmp && echo served > index.html && exec python3 -m http.server 8000");
    String token = api.get("/v1/capsules/" + id + "/ports/8000").expect(200).json().get("token").asText();
    String[] open = {"X-Wrenn-Capsule", id, "X-Wrenn-Port", "8000", "X-Wrenn-Port-Token", token};
    Await.until("a server", LONG, () -> target.raw("GET", "/", null, open).statusCode(), s -> s == 200);
    pause(id);
    assertEquals(403, target.raw("GET", "/", null, "X-Wrenn-Capsule", id, "X-Wrenn-Port", "8000").statusCode());
    assertEquals("paused", status(id));
    assertEquals("served\n", target.raw("GET", "/", null, open).body());
    assertEquals("running", status(id));
  }

  @Test
  void clientsOfTheAgentWakeASandboxThatAsksForIt() throws Exception {
    JsonNode sandbox = api.post("/v2/sandboxes", "{\"templateID\":\"base\",\"timeout\":600,\"autoPause\":true,\"autoResume\":{\"enabled\":true}}")
        .expect(201).json();
    String shown = sandbox.get("sandboxID").asText();
    made.add(shown.replaceFirst("^cl", "cl-"));
    String id = made.getLast();
    String[] right = {"E2b-Sandbox-Id", shown, "E2b-Sandbox-Port", "49983", "X-Access-Token", sandbox.get("envdAccessToken").asText()};
    String[] wrong = {"E2b-Sandbox-Id", shown, "E2b-Sandbox-Port", "49983", "X-Access-Token", "0".repeat(64)};
    assertEquals(204, api.post("/sandboxes/" + shown + "/timeout", "{\"timeout\":1}").status());
    pauses(id);
    JsonNode paused = api.get("/sandboxes/" + shown).expect(200).json();
    assertEquals("paused", paused.get("state").asText());
    assertEquals("{\"onTimeout\":\"pause\",\"autoResume\":true}", paused.get("lifecycle").toString());
    assertEquals(502, target.raw("GET", "/health", null, right).statusCode(), "asking how it is");
    assertEquals(502, target.raw("GET", "/files?path=/etc/hostname", null, wrong).statusCode());
    assertEquals("paused", status(id));
    assertEquals(200, target.raw("GET", "/files?path=/etc/hostname", null, right).statusCode());
    assertEquals("running", status(id));
    assertTrue(end(api.capsule(id)).isAfter(Instant.now().plusSeconds(500)), "it has its time anew");
    assertEquals(204, target.raw("GET", "/health", null, right).statusCode());
    // Its end pauses it again, and a connection is the other way to wake it.
    assertEquals(204, api.post("/sandboxes/" + shown + "/timeout", "{\"timeout\":0}").status());
    pauses(id);
    api.post("/v2/sandboxes/" + shown + "/connect", "{\"timeout\":60}").expect(201);
    assertTrue(end(api.capsule(id)).isBefore(Instant.now().plusSeconds(61)));
  }

  @Test
  void manyAtOnceAreOneResume() throws Exception {
    String id = create("\"wake\":true");
    pause(id);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<JsonNode>> all = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        String word = "n" + i;
        all.add(threads.submit(() -> api.sh(id, "echo " + word)));
      }
      for (int i = 0; i < MANY; i++) {
        assertEquals("n" + i + "\n", all.get(i).get().get("stdout").asText());
      }
    }
    List<String> states = history(id);
    assertEquals(List.of("starting", "running"), states.subList(states.size() - 2, states.size()), states.toString());
    assertEquals(1, states.subList(states.lastIndexOf("paused"), states.size()).stream().filter("starting"::equals).count(), states.toString());
  }

  @Test
  void aUseThatComesDuringAPauseWakesItAfterwards() throws Exception {
    String id = create("\"wake\":true");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Api.Answer> pause = threads.submit(() -> api.post("/v1/capsules/" + id + "/pause", ""));
      Await.until("a pause that has begun", LONG, () -> status(id), "paused"::equals);
      assertEquals("here\n", api.sh(id, "echo here").get("stdout").asText());
      pause.get().expect(200);
    }
    assertEquals("running", status(id));
  }

  @Test
  void itsEndPausesItWhateverItDoesAndAResumeGivesTimeAnew() throws Exception {
    String id = create("\"lifetime_sec\":8,\"on_end\":\"pause\",\"wake\":true");
    api.background(id, "i=0; while :; do i=$((i+1)); echo $i > /dev/shm/new; mv /dev/shm/new /dev/shm/count; sleep 0.1; done");
    pauses(id);
    assertEquals(List.of("running", "paused"), history(id).subList(2, 4));
    JsonNode points = api.get("/v1/capsules/" + id + "/metrics?range=5m").expect(200).json().get("points");
    assertTrue(points.size() > 0, "what it used before is known");
    int count = Integer.parseInt(api.sh(id, "cat /dev/shm/count").get("stdout").asText().strip());
    assertTrue(count > 0);
    assertTrue(end(api.capsule(id)).isAfter(Instant.now().plusSeconds(240)));
    Await.until("a job that goes on", LONG, () -> Integer.parseInt(api.sh(id, "cat /dev/shm/count").get("stdout").asText().strip()), n -> n > count);
    String ends = create("\"lifetime_sec\":2");
    Await.until("the end of another", LONG, () -> status(ends), "stopped"::equals);
  }

  /** What runs, and what computes, keeps it awake; what was measured of a capsule that its idle timer has paused stays. */
  @Test
  void itIsPausedOnlyWhenNothingIsDone() throws Exception {
    String id = create("\"timeout_sec\":3");
    api.background(id, "sleep 12");
    assertAwakeFor(id, Duration.ofSeconds(11), "a process runs");
    // What computes here was started by nobody that the platform knows: its parent has ended.
    api.sh(id, "(timeout 15 sh -c 'while :; do :; done') > /dev/null 2>&1 &");
    assertAwakeFor(id, Duration.ofSeconds(12), "its processor is busy");
    pauses(id);
    JsonNode points = api.get("/v1/capsules/" + id + "/metrics?range=5m").expect(200).json().get("points");
    assertTrue(points.size() > 5, points.toString());
    String ends = create("\"timeout_sec\":2,\"on_idle\":\"end\"");
    Await.until("the end of one that is not to be paused", LONG, () -> status(ends), "stopped"::equals);
  }

  private void assertAwakeFor(String id, Duration time, String why) {
    Instant over = Instant.now().plus(time);
    Await.until("time that passes", LONG, () -> {
      assertEquals("running", status(id), why);
      return Instant.now();
    }, over::isBefore);
  }
}
