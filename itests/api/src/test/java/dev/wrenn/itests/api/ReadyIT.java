package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Capsules that take over a guest which was there before them are like all others, and what waits for them leaves nothing. */
@Timeout(900)
class ReadyIT {
  private static final int MEMORY = 512;
  private static final String START = "ready minimal/1/" + MEMORY;
  private static RunningPlatform platform;
  private static Api api;
  private final List<String> made = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    platform = RunningPlatform.start("wrrdy", 92, "warmPatienceSeconds = 1", "warmReady = 1");
    api = platform.api();
  }

  @AfterAll
  static void stop() throws Exception {
    platform.close();
    assertEquals(List.of(), platform.leftovers());
    assertEquals(List.of(), own());
  }

  @AfterEach
  void destroy() throws Exception {
    for (String id : made) {
      api.destroy(id);
    }
  }

  private String create(String body) throws IOException, InterruptedException {
    String id = api.post("/v1/capsules", body).expect(201).json().get("id").asText();
    made.add(id);
    return id;
  }

  private String ready() throws IOException, InterruptedException {
    platform.awaitReady(1, MEMORY);
    String id = create("{\"memory_mb\":" + MEMORY + ",\"envs\":{\"OWN\":\"mine\"}}");
    assertEquals(START, start(id));
    return id;
  }

  private static String start(String id) throws IOException, InterruptedException {
    return api.capsule(id).at("/metadata/start").asText();
  }

  private static String in(String capsule, String line) throws IOException, InterruptedException {
    return Guest.in(api, capsule, line);
  }

  @Test
  void eachIsOneOfItsOwnAndKnowsNothingOfWhatItWas() throws Exception {
    Set<String> machines = new HashSet<>();
    Set<String> random = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      String id = ready();
      assertEquals(id + "\n" + id, in(id, "hostname; cat /etc/hostname"));
      assertTrue(in(id, "cat /etc/hosts").contains("127.0.1.1 " + id));
      assertEquals("mine", in(id, "echo $OWN"));
      assertEquals("", in(id, "grep -rl warm-ready /etc /run /root /tmp /var/log 2>/dev/null || true"));
      machines.add(in(id, "cat /etc/machine-id"));
      random.add(in(id, "head -c 16 /dev/urandom | od -An -tx1"));
    }
    assertEquals(3, machines.size());
    assertEquals(3, random.size());
    assertFalse(api.capsules().stream().anyMatch(id -> id.startsWith("warm-")));
  }

  @Test
  void itsClockIsRight() throws Exception {
    Guest.assertClockIsRight(api, ready());
  }

  @Test
  void itPausesResumesAndIsCopiedLikeOthers() throws Exception {
    String id = ready();
    in(id, "echo kept > /dev/shm/kept; echo kept > /root/kept");
    for (int i = 0; i < 2; i++) {
      api.post("/v1/capsules/" + id + "/pause", "").expect(200);
      api.post("/v1/capsules/" + id + "/resume", "").expect(200);
      assertEquals("kept\nkept", in(id, "cat /dev/shm/kept /root/kept"));
    }
    Set<String> before = new HashSet<>(api.capsules());
    api.post("/v1/capsules/" + id + "/fork", "{\"count\":2}").expect(201);
    for (String copy : api.capsules()) {
      if (before.add(copy)) {
        made.add(copy);
        assertEquals("kept\nkept\n" + copy, in(copy, "cat /dev/shm/kept /root/kept; hostname"));
      }
    }
    assertEquals(3, made.size());
    String copied = ready();
    api.post("/v1/capsules/" + copied + "/fork", "{\"count\":1}").expect(201);
    api.capsules().stream().filter(before::add).filter(one -> !one.equals(copied)).forEach(made::add);
    assertEquals(5, made.size());
  }

  @Test
  void whoMayNotReachTheOutsideGetsNoneThatCould() throws Exception {
    platform.awaitReady(1, MEMORY);
    assertEquals("warm minimal/1/" + MEMORY, start(create("{\"memory_mb\":" + MEMORY + ",\"egress\":false}")));
    // Which kind is ready goes by what most ask for.
    for (int i = 0; i < 2; i++) {
      assertNotEquals("boot", start(create("{\"memory_mb\":" + MEMORY + "}")));
    }
  }

  @Test
  void aKillLeavesTheCapsuleAndNothingElse() throws Exception {
    String id = ready();
    in(id, "echo kept > /dev/shm/kept");
    platform.awaitReady(1, MEMORY);
    platform.killDashNine();
    platform.startAgain();
    assertEquals("kept", in(id, "cat /dev/shm/kept"));
    String next = ready();
    assertEquals(next, in(next, "hostname"));
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    api.post("/v1/capsules/" + id + "/resume", "").expect(200);
    assertEquals("kept", in(id, "cat /dev/shm/kept"));
    api.destroy(id);
    api.destroy(next);
    platform.awaitReady(1, MEMORY);
    Await.until("one guest of the host's own", Duration.ofSeconds(60), ReadyIT::own, own -> own.size() == 1);
  }

  private static List<Path> own() throws IOException {
    try (Stream<Path> all = Files.list(platform.data().resolve("disks"))) {
      return all.filter(path -> path.getFileName().toString().startsWith("warm-")).toList();
    }
  }
}
