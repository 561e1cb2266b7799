package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The platform is killed while a capsule is paused, or on its way there or back: it loses nothing. */
@Timeout(600)
class PauseKillIT {
  private static final String STATE = "cat /proc/sys/kernel/random/boot_id /dev/shm/kept /root/kept";

  private static RunningPlatform platform;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    platform = RunningPlatform.start("wrpk", 215);
    api = platform.api();
  }

  @AfterAll
  static void stop() throws Exception {
    platform.close();
    assertEquals(List.of(), platform.leftovers());
  }

  /** Others count what runs. */
  @AfterEach
  void destroy() throws Exception {
    for (String id : api.capsules()) {
      api.destroy(id);
    }
  }

  private static String create() throws IOException, InterruptedException {
    String id = api.create();
    api.sh(id, "echo memory > /dev/shm/kept; echo disk > /root/kept");
    return id;
  }

  private static String state(String id) throws IOException, InterruptedException {
    String state = api.sh(id, STATE).get("stdout").asText();
    assertTrue(state.endsWith("memory\ndisk\n"), state);
    return state;
  }

  private static void post(String id, String action) {
    try {
      api.post("/v1/capsules/" + id + "/" + action, "");
    } catch (IOException | InterruptedException cut) {
      // The platform is killed under this request.
    }
  }

  @Test
  void aPausedCapsuleOutlivesKillDashNine() throws Exception {
    String id = create();
    String state = state(id);
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    platform.killDashNine();
    platform.startAgain();
    assertEquals("paused", api.capsule(id).get("status").asText());
    assertEquals(List.of(), platform.microVms());
    api.post("/v1/capsules/" + id + "/resume", "").expect(200);
    assertEquals(state, state(id));
  }

  @Test
  void oneThatIsToBeWokenIsWokenByTheNextPlatform() throws Exception {
    String id = api.post("/v1/capsules", "{\"memory_mb\":256,\"wake\":true,\"on_end\":\"pause\",\"lifetime_sec\":600}").expect(201).json().get("id").asText();
    api.sh(id, "echo memory > /dev/shm/kept; echo disk > /root/kept");
    String state = state(id);
    // Its end comes while nobody is there to see it.
    api.post("/v1/capsules/" + id + "/lifetime", "{\"lifetime_sec\":3}").expect(200);
    Instant end = Instant.now().plusSeconds(3);
    platform.killDashNine();
    Await.until("its end", Duration.ofSeconds(30), Instant::now, end::isBefore);
    assertEquals(1, platform.microVms().size());
    platform.startAgain();
    Await.until("a pause at its end", Duration.ofSeconds(120), () -> api.capsule(id).get("status").asText(), "paused"::equals);
    Await.until("nothing that runs for it", Duration.ofSeconds(60), platform::microVms, List::isEmpty);
    platform.killDashNine();
    platform.startAgain();
    assertEquals(state, state(id));
    assertEquals("running", api.capsule(id).get("status").asText());
    assertTrue(Instant.parse(api.capsule(id).get("end_at").asText()).isAfter(Instant.now().plusSeconds(400)));
  }

  @Test
  void aPauseThatIsCutIsFinishedOrUndone() throws Exception {
    String id = create();
    String state = state(id);
    Thread client = Thread.ofVirtual().start(() -> post(id, "pause"));
    Await.until("a pause that has begun", Duration.ofSeconds(60), () -> api.capsule(id).get("status").asText(), "paused"::equals);
    platform.killDashNine();
    client.join();
    platform.startAgain();
    settles(id, state);
  }

  @Test
  void aResumeThatIsCutIsFinishedOrUndone() throws Exception {
    String id = create();
    String state = state(id);
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    Thread client = Thread.ofVirtual().start(() -> post(id, "resume"));
    Await.until("a microVM that is restored", Duration.ofSeconds(60), platform::microVms, pids -> !pids.isEmpty());
    platform.killDashNine();
    client.join();
    platform.startAgain();
    settles(id, state);
  }

  /** Paused or running, and either way all of it is there. */
  private static void settles(String id, String state) throws IOException, InterruptedException {
    Await.until("paused or running, and an answer", Duration.ofSeconds(120), () -> {
      String status = api.capsule(id).get("status").asText();
      return Set.of("paused", "running").contains(status) ? api.post("/v1/capsules/" + id + "/resume", "") : null;
    }, answer -> answer != null && answer.status() == 200);
    assertEquals(state, state(id));
  }
}
