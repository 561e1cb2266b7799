package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Capsules that have only a part of their memory yet, when who delivers it, who manages it, or they themselves end. */
@Timeout(900)
class PagedIT {
  private static final int KEPT_MIB = 48;
  private static RunningPlatform platform;
  private static Api api;

  private record Half(String id, String digest) {}

  @BeforeAll
  static void start() throws Exception {
    // What nobody asks for is not delivered: so a capsule stays half-loaded for as long as the test takes.
    platform = RunningPlatform.start("wrpg", 216, Map.of("dev.wrenn.uffd.cfg", List.of("deliverAll = false"),
        "dev.wrenn.host.cfg", List.of("restoreMemory = paged")));
    api = platform.api();
  }

  @AfterAll
  static void stop() throws Exception {
    platform.close();
    assertEquals(List.of(), platform.leftovers());
  }

  @AfterEach
  void end() throws Exception {
    for (String id : api.capsules()) {
      api.destroy(id);
    }
    assertEquals(List.of(), platform.leftovers().stream().filter(left -> left.contains("/pager/")).toList());
  }

  /** A capsule that was resumed and has touched little of what it keeps in memory. */
  private static Half half() throws Exception {
    String id = api.create();
    String digest = api.sh(id, "head -c " + (KEPT_MIB << 20) + " /dev/urandom > /dev/shm/kept; sync; md5sum < /dev/shm/kept").get("stdout").asText();
    post(id, "pause");
    post(id, "resume");
    JsonNode metadata = api.capsule(id).get("metadata");
    assertEquals("paged", metadata.get("memory").asText(), metadata.toString());
    assertEquals("the configuration says so", metadata.get("memory_reason").asText());
    return new Half(id, digest);
  }

  private static void post(String id, String action) throws IOException, InterruptedException {
    api.post("/v1/capsules/" + id + "/" + action, "").expect(200);
  }

  private static void whole(Half half) throws IOException, InterruptedException {
    assertEquals(half.digest(), api.sh(half.id(), "md5sum < /dev/shm/kept").get("stdout").asText());
  }

  private static Set<Path> layers() throws IOException {
    try (Stream<Path> files = Files.list(platform.data().resolve("snapshots/layers"))) {
      return new HashSet<>(files.toList());
    }
  }

  private static long pager() throws IOException {
    List<ProcessHandle> pagers = platform.pagers();
    assertEquals(1, pagers.size());
    return pagers.getFirst().pid();
  }

  @Test
  void aPauseOfAHalfLoadedOneStoresOnlyWhatChanged() throws Exception {
    Half half = half();
    Set<Path> before = layers();
    post(half.id(), "pause");
    long stored = 0;
    for (Path layer : layers()) {
      stored += before.contains(layer) ? 0 : Files.size(layer);
    }
    assertTrue(stored < KEPT_MIB << 19, stored + " bytes were stored");
    post(half.id(), "resume");
    api.sh(half.id(), "dd if=/dev/zero of=/dev/shm/kept bs=1M seek=8 count=8 conv=notrunc 2>/dev/null");
    String changed = api.sh(half.id(), "md5sum < /dev/shm/kept").get("stdout").asText();
    post(half.id(), "pause");
    post(half.id(), "resume");
    whole(new Half(half.id(), changed));
  }

  @Test
  void killDashNineOfThePlatformTakesNoMemoryAway() throws Exception {
    Half half = half();
    long pager = pager();
    platform.killDashNine();
    platform.startAgain();
    assertEquals(pager, pager());
    whole(half);
    post(half.id(), "pause");
    post(half.id(), "resume");
    whole(half);
  }

  @Test
  void anUpdateOfTheBundleTakesNoMemoryAway() throws Exception {
    Half half = half();
    long pager = pager();
    String bundle = shell("bundle:list -t 0 -s").lines().filter(line -> line.strip().endsWith("dev.wrenn.uffd"))
        .map(line -> line.strip().split("\\D", 2)[0]).findFirst().orElseThrow();
    shell("bundle:update " + bundle);
    whole(half);
    post(half.id(), "pause");
    Await.until("a resume by the page server", Duration.ofSeconds(120), () -> api.post("/v1/capsules/" + half.id() + "/resume", "").status(), status -> status == 200);
    whole(half);
    assertEquals(pager, pager());
  }

  @Test
  void whenThePagerIsKilledItsCapsulesFailAtOnceAndOthersGoOn() throws Exception {
    String booted = api.create();
    api.sh(booted, "echo alive > /dev/shm/word");
    Half half = half();
    int running = platform.microVms().size();
    platform.pagers().forEach(ProcessHandle::destroyForcibly);
    Await.until("an error", Duration.ofSeconds(60), () -> api.capsule(half.id()).get("status").asText(), "error"::equals);
    JsonNode reason = api.capsule(half.id()).get("reason");
    assertEquals("memory", reason.get("step").asText());
    assertTrue(reason.get("message").asText().contains("the page server"), reason.toString());
    Await.until("a microVM that is gone", Duration.ofSeconds(60), () -> platform.microVms().size(), count -> count == running - 1);
    assertEquals("alive\n", api.sh(booted, "cat /dev/shm/word").get("stdout").asText());
    Await.until("another page server", Duration.ofSeconds(120), () -> platform.pagers().size(), count -> count == 1);
    whole(half());
  }

  @Test
  void ofAHypervisorThatIsKilledNothingIsLeft() throws Exception {
    Set<Long> before = new HashSet<>(platform.microVms());
    Half half = half();
    long vm = platform.microVms().stream().filter(pid -> !before.contains(pid)).findFirst().orElseThrow();
    ProcessHandle.of(vm).orElseThrow().destroyForcibly();
    Await.until("an error", Duration.ofSeconds(60), () -> api.capsule(half.id()).get("status").asText(), "error"::equals);
    Await.until("nothing at the page server", Duration.ofSeconds(60), () -> platform.leftovers().stream().filter(left -> left.contains(half.id())).toList(),
        List::isEmpty);
  }

  private static String shell(String command) throws IOException, InterruptedException {
    List<String> words = new java.util.ArrayList<>(platform.ssh());
    words.add(command);
    Process process = new ProcessBuilder(words).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
    String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), command);
    return said;
  }
}
