package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
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

/** Capsules that go on from a guest which was booted beforehand are like those that boot, and each is one of its own. */
@Timeout(900)
class WarmIT {
  private static final int KEPT = 512;
  private static final String RANDOM = "head -c 16 /dev/urandom | od -An -tx1";
  private static RunningPlatform platform;
  private static Api api;
  private final List<String> made = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    platform = RunningPlatform.start("wrwarm", 91, "warmPatienceSeconds = 1");
    api = platform.api();
    platform.awaitKept(1, KEPT);
  }

  @AfterAll
  static void stop() throws Exception {
    platform.close();
    assertEquals(List.of(), platform.leftovers());
  }

  @AfterEach
  void destroy() throws Exception {
    for (String id : made) {
      api.destroy(id);
    }
  }

  private String create(int memory, String more, String start) throws IOException, InterruptedException {
    String id = api.post("/v1/capsules", "{\"memory_mb\":" + memory + more + "}").expect(201).json().get("id").asText();
    made.add(id);
    assertEquals(start, api.capsule(id).at("/metadata/start").asText(), api.capsule(id).toString());
    return id;
  }

  private String warm() throws IOException, InterruptedException {
    return create(KEPT, "", "warm minimal/1/" + KEPT);
  }

  private static String in(String capsule, String line) throws IOException, InterruptedException {
    return Guest.in(api, capsule, line);
  }

  @Test
  void eachIsOneOfItsOwn() throws Exception {
    List<String> ids = List.of(warm(), warm(), warm());
    Set<String> machines = new HashSet<>();
    Set<String> random = new HashSet<>();
    for (String id : ids) {
      assertEquals(id, in(id, "hostname"));
      assertEquals(id, in(id, "cat /etc/hostname"));
      assertTrue(in(id, "cat /etc/hosts").contains("127.0.1.1 " + id));
      machines.add(in(id, "cat /etc/machine-id"));
      random.add(in(id, RANDOM));
      String steps = api.capsule(id).path("steps").toString();
      assertTrue(steps.contains("\"restore\"") && !steps.contains("\"boot\""), steps);
    }
    assertEquals(3, machines.size());
    assertEquals(3, random.size());
    in(ids.get(0), "echo mine > /root/file; echo mine > /dev/shm/file");
    assertEquals("none", in(ids.get(1), "cat /root/file /dev/shm/file 2>/dev/null || echo none"));
    assertFalse(api.capsules().stream().anyMatch(id -> id.startsWith("warm-")));
  }

  @Test
  void itsClockIsRight() throws Exception {
    Guest.assertClockIsRight(api, warm());
  }

  @Test
  void whatIsAskedForIsThereAsAfterABoot() throws Exception {
    List<String> questions = List.of("nproc", "awk '/MemTotal/ {print int($2 / 1024 / 16)}' /proc/meminfo", "id", "pwd", "uname -r", "echo $WRENN_TEMPLATE_ID",
        "df -m / | awk 'END {print $2}'", "cat /etc/resolv.conf", "ip -4 addr show dev eth0 | grep inet", "ip route", "ls /root /tmp /dev/shm", "mount | sort | head -20 | sed 's/size=[0-9]*k,nr_inodes=[0-9]*//'",
        "ulimit -a | grep -v ^process", "env | cut -d= -f1 | sort");
    String booted = create(KEPT + 1, "", "boot");
    String restored = warm();
    for (String question : questions) {
      assertEquals(in(booted, question), in(restored, question), question);
    }
  }

  @Test
  void aLargerDiskIsThereWithTheFirstAnswer() throws Exception {
    String id = create(KEPT, ",\"disk_mb\":7000", "warm minimal/1/" + KEPT);
    assertTrue(Integer.parseInt(in(id, "df -m / | awk 'END {print $2}'")) > 6000);
    in(id, "head -c 100000000 /dev/zero > /root/large; sync; rm /root/large");
    assertEquals("", in(id, "dmesg | grep -iE 'ext4.*error|i/o error|BUG:|Call Trace' || true"));
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    api.post("/v1/capsules/" + id + "/resume", "").expect(200);
    assertTrue(Integer.parseInt(in(id, "df -m / | awk 'END {print $2}'")) > 6000);
  }

  @Test
  void aMuchLargerDiskIsThereWithTheFirstAnswerOfABoot() throws Exception {
    String id = create(KEPT + 1, ",\"disk_mb\":40960", "boot");
    assertTrue(Integer.parseInt(in(id, "df -m / | awk 'END {print $2}'")) > 39000);
  }

  @Test
  void itPausesResumesAndIsCopiedLikeOthers() throws Exception {
    String id = warm();
    in(id, "echo kept > /dev/shm/kept; echo kept > /root/kept");
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    api.post("/v1/capsules/" + id + "/resume", "").expect(200);
    assertEquals("kept\nkept", in(id, "cat /dev/shm/kept /root/kept"));
    JsonNode copy = api.post("/v1/capsules/" + id + "/fork", "{\"count\":1}").expect(201).json();
    List<String> others = new ArrayList<>(api.capsules());
    others.removeAll(made);
    made.addAll(others);
    assertEquals(1, others.size(), copy.toString());
    assertEquals("kept\nkept", in(others.getFirst(), "cat /dev/shm/kept /root/kept"));
    assertEquals(others.getFirst(), in(others.getFirst(), "hostname"));
  }

  /** Of another size, which is asked for often enough to be kept: the platform is killed while that is made. */
  @Test
  void whatAKillLeavesOfItsMakingIsMadeAgain() throws Exception {
    int memory = KEPT - 128;
    for (int i = 0; i < 3; i++) {
      api.destroy(api.post("/v1/capsules", "{\"memory_mb\":" + memory + "}").expect(201).json().get("id").asText());
    }
    Api admins = platform.adminApi();
    Await.until("a guest in the making", Duration.ofSeconds(120), () -> admins.get("/v1/hosts").expect(200).json().at("/0/facts/warm").asText(),
        kept -> kept.contains("minimal/1/" + memory));
    platform.killDashNine();
    platform.startAgain();
    platform.awaitKept(1, KEPT);
    String first = warm();
    assertNotEquals("", in(first, "hostname"));
    for (int i = 0; i < 3; i++) {
      api.destroy(api.post("/v1/capsules", "{\"memory_mb\":" + memory + "}").expect(201).json().get("id").asText());
    }
    platform.awaitKept(1, memory);
    create(memory, "", "warm minimal/1/" + memory);
    Await.until("nothing else in the store", Duration.ofSeconds(60), WarmIT::owners, owners -> owners.size() == 2);
    Await.until("no guest of the host's own", Duration.ofSeconds(60), WarmIT::own, own -> own.isEmpty());
  }

  private static List<Path> owners() throws IOException {
    try (Stream<Path> owners = Files.list(platform.data().resolve("snapshots/snapshots/warm"))) {
      return owners.toList();
    }
  }

  private static List<Path> own() throws IOException {
    try (Stream<Path> all = Files.list(platform.data().resolve("disks"))) {
      return all.filter(path -> path.getFileName().toString().startsWith("warm-")).toList();
    }
  }
}
