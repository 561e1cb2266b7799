package dev.wrenn.itests.api;

import static dev.wrenn.itests.api.Stream.base64;
import static dev.wrenn.itests.api.Stream.sh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pauses and resumes of real capsules: what was in them goes on, and nothing runs for them in between. */
@ExtendWith(Target.Shared.class)
@Timeout(600)
class PauseIT {
  private static final String BOOT = "cat /proc/sys/kernel/random/boot_id";
  private Api api;
  private List<String> before;
  private String id;

  @BeforeEach
  void create(Target target) throws Exception {
    api = target.api();
    before = target.leftovers();
    id = api.create();
  }

  @AfterEach
  void destroy(Target target) throws Exception {
    api.destroy(id);
    Await.until("a machine as before", Duration.ofSeconds(120), target::leftovers, before::equals);
  }

  private String in(String capsule, String line) throws IOException, InterruptedException {
    JsonNode done = api.sh(capsule, line);
    assertEquals(0, done.get("exit_code").asInt(), done.toString());
    return done.get("stdout").asText().strip();
  }

  private JsonNode change(String action, String status) throws IOException, InterruptedException {
    JsonNode capsule = api.post("/v1/capsules/" + id + "/" + action, "").expect(200).json();
    assertEquals(status, capsule.get("status").asText(), capsule.toString());
    assertEquals(id, capsule.get("id").asText());
    return capsule;
  }

  private static void refused(Api.Answer answer, int status, String code) {
    assertEquals(code, answer.expect(status).json().at("/error/code").asText());
  }

  @Test
  void processesFilesAndMemoryGoOn(Target target) throws Exception {
    String boot = in(id, BOOT);
    assertEquals("tmpfs", in(id, "stat -f -c %T /dev/shm; echo 0 > /dev/shm/count; echo in memory > /dev/shm/kept; echo on disk > /root/kept"));
    // The last file has no name any more: only the process that has it open keeps it.
    String tag = api.background(id, "exec 3>/root/lines 4>/root/nameless; rm /root/nameless; echo held >&4; i=0;"
        + " while :; do i=$((i+1)); echo $i >&3; echo $i > /dev/shm/new; mv /dev/shm/new /dev/shm/count; sleep 0.1; done");
    Await.until("a few lines", Duration.ofSeconds(60), () -> Integer.parseInt(in(id, "cat /dev/shm/count")), n -> n > 5);

    change("pause", "paused");
    assertEquals(before, target.leftovers(), "a paused capsule has no process, disk or network in use");
    assertEquals("paused", api.capsule(id).get("status").asText());
    assertTrue(api.capsules().contains(id));
    change("pause", "paused");
    for (String below : List.of("exec", "files/stat", "ping", "fork")) {
      refused(api.post("/v1/capsules/" + id + "/" + below, "{\"cmd\":\"true\",\"path\":\"/\"}"), 409, "invalid_state");
    }
    refused(api.get("/v1/capsules/" + id + "/processes"), 409, "invalid_state");

    change("resume", "running");
    change("resume", "running");
    assertEquals(boot, in(id, BOOT));
    int count = Integer.parseInt(in(id, "cat /dev/shm/count"));
    Await.until("a job that goes on", Duration.ofSeconds(60), () -> Integer.parseInt(in(id, "cat /dev/shm/count")), n -> n > count + 3);
    assertEquals("in memory\non disk", in(id, "cat /dev/shm/kept /root/kept"));
    assertEquals("0", in(id, "awk 'BEGIN {n=0} $1 != ++n {bad++} END {print bad+0}' /root/lines"), "no line is missing or doubled");
    JsonNode processes = api.get("/v1/capsules/" + id + "/processes").expect(200).json().get("processes");
    assertEquals(tag, processes.at("/0/tag").asText(), processes.toString());
    assertEquals("held", in(id, "cat /proc/" + processes.at("/0/pid").asText() + "/fd/4"));
    List<String> states = api.get("/v1/capsules/" + id + "/history").expect(200).json().findValuesAsText("status");
    assertTrue(states.containsAll(List.of("paused", "running")), states.toString());
  }

  @Test
  void theClockIsRightBeforeAProcessRuns(Target target) throws Exception {
    in(id, "touch /dev/shm/times");
    api.background(id, "while :; do date +%s >> /dev/shm/times; sleep 0.05; done");
    Await.until("a time", Duration.ofSeconds(60), () -> in(id, "wc -l < /dev/shm/times"), n -> Integer.parseInt(n) > 3);
    change("pause", "paused");
    long paused = Instant.now().getEpochSecond();
    Await.until("a clock that has gone on", Duration.ofSeconds(30), () -> Instant.now().getEpochSecond(), now -> now > paused + 4);
    long asked = Instant.now().getEpochSecond();
    change("resume", "running");
    long told = Long.parseLong(in(id, "date +%s"));
    assertTrue(told >= asked && told <= Instant.now().getEpochSecond() + 1, "it says " + told + ", resumed at " + asked);
    Await.until("times after the pause", Duration.ofSeconds(60), () -> Long.parseLong(in(id, "tail -n 1 /dev/shm/times")), last -> last >= asked);
    long previous = 0;
    for (String line : in(id, "cat /dev/shm/times").split("\n")) {
      long time = Long.parseLong(line);
      assertTrue(time >= previous, "time went back from " + previous + " to " + time);
      assertTrue(time <= paused || time >= asked, time + " is neither before the pause at " + paused + " nor after the resume at " + asked);
      previous = time;
    }
  }

  @Test
  void streamsEndCleanlyAndAreFoundAgain(Target target) throws Exception {
    String below = "/v1/capsules/" + id;
    String tag;
    long pid;
    try (Stream command = target.stream(below + "/exec/stream", "X-API-Key", target.key); Stream terminal = target.stream(below + "/pty", "X-API-Key", target.key)) {
      command.send(sh("echo first; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.5; done"));
      pid = command.next("start").get("pid").asLong();
      assertTrue(command.next("stdout").get("data").asText().startsWith("first\n"));
      terminal.send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"envs\":{\"PS1\":\"$ \"}}");
      tag = terminal.next("started").get("tag").asText();
      terminal.send("{\"type\":\"input\",\"data\":\"" + base64("kept=17; echo $((20+3))mark\r") + "\"}");
      terminal.until("23mark");
      change("pause", "paused");
      JsonNode last = Await.until("the end of the stream", Duration.ofSeconds(60), command::next, m -> !m.get("type").asText().equals("stdout"));
      assertEquals("error", last.get("type").asText(), last.toString());
      assertFalse(last.get("code").asText().isEmpty());
      assertEquals(1000, command.closeCode());
      JsonNode end = Await.until("the end of the terminal", Duration.ofSeconds(60), terminal::next, m -> !m.get("type").asText().equals("output"));
      assertEquals("error", end.get("type").asText(), end.toString());
      assertEquals(1000, terminal.closeCode());
    }
    try (Stream late = target.stream(below + "/pty", "X-API-Key", target.key)) {
      // It is told at once, perhaps before it could say what it wants.
      assertEquals("invalid_state", late.next("error").get("code").asText());
    }
    change("resume", "running");
    try (Stream command = target.stream(below + "/processes/" + pid + "/stream", "X-API-Key", target.key);
        Stream terminal = target.stream(below + "/pty", "X-API-Key", target.key)) {
      command.next("start");
      assertTrue(command.next("stdout").get("data").asText().startsWith("first\nline 1\n"), "the output comes again from its beginning");
      terminal.send("{\"type\":\"connect\",\"tag\":\"" + tag + "\"}");
      assertEquals(tag, terminal.next("started").get("tag").asText());
      terminal.until("23mark");
      terminal.send("{\"type\":\"input\",\"data\":\"" + base64("echo $((kept*2))mark\r") + "\"}");
      terminal.until("34mark");
    }
  }

  @Test
  void aPausedCapsuleCanBeDestroyed(Target target) throws Exception {
    change("pause", "paused");
    api.destroy(id);
    assertEquals("stopped", api.capsule(id).get("status").asText());
    refused(api.post("/v1/capsules/" + id + "/resume", ""), 409, "invalid_state");
    refused(api.post("/v1/capsules/" + id + "/pause", ""), 409, "invalid_state");
    assertEquals(before, target.leftovers());
  }

  @Test
  void aColdResumeKeepsTheDiskOnly(Target target) throws Exception {
    String boot = in(id, BOOT);
    in(id, "echo disk > /root/kept; echo memory > /dev/shm/lost");
    change("pause", "paused");
    change("resume?cold=true", "running");
    assertNotEquals(boot, in(id, BOOT));
    assertEquals("disk", in(id, "cat /root/kept; test ! -e /dev/shm/lost"));
  }

  /** What is in memory and on the disk, and what only the page cache has at a pause, is the same after each of ten. */
  @Test
  void tenPausesChangeNothing(Target target) throws Exception {
    String boot = in(id, BOOT);
    String hash = "cat /dev/shm/noise /root/noise | sha256sum";
    String sum = in(id, "head -c 33554432 /dev/urandom > /dev/shm/noise; head -c 33554432 /dev/urandom > /root/noise; " + hash);
    for (int cycle = 1; cycle <= 10; cycle++) {
      change("pause", "paused");
      change("resume", "running");
      assertEquals(sum, in(id, "sync; echo 3 > /proc/sys/vm/drop_caches; echo " + cycle + " >> /root/cycles; " + hash), "after pause " + cycle);
    }
    assertEquals(boot + "\n10", in(id, BOOT + "; wc -l < /root/cycles"));
    assertEquals("", in(id, "dmesg | grep -iE 'ext4.*error|i/o error|BUG:|Call Trace' || true"));
  }
}
