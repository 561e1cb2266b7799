package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.LoopMount;
import dev.wrenn.itests.RunningPlatform;
import dev.wrenn.itests.StepGate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** All data of a platform is on a file system that becomes full, or whose power goes. Needs root and loop devices; runs with {@code -Dwrenn.mount=true}. */
@EnabledIfSystemProperty(named = "wrenn.mount", matches = "true")
@Timeout(1200)
class MountIT {
  private static final Duration SETTLE = Duration.ofSeconds(180);
  private static RunningPlatform platform;
  private static LoopMount mount;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    platform = RunningPlatform.unpacked("wrmt", 217);
    Path data = platform.data();
    mount = LoopMount.make(data.resolveSibling("file-system"), data, 4096);
    platform.configure("dev.wrenn.host", "activityNoteSeconds = 1", "warm = false", "diskReserveMib = 0", "diskOvercommitPercent = 10000");
    platform.configure("dev.wrenn.snapshot", "reserveMib = 0");
    platform.configure("dev.wrenn.storage.file", "reserveMib = 0");
    platform.canBeHeld(8);
    platform.launch();
    api = platform.api();
  }

  @AfterAll
  static void stop() throws Exception {
    List<ProcessHandle> pagers = platform.pagers();
    platform.close();
    assertEquals(List.of(), platform.leftovers());
    pagers.forEach(pager -> pager.onExit().join());
    mount.close();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    mount.empty();
    List<String> ids = api.capsules();
    Marked.atOnce(ids.size(), at -> api.delete("/v1/capsules/" + ids.get(at)).expect(204));
    Await.until("a machine with nothing left on it", SETTLE, platform::leftovers, List::isEmpty);
    Await.until("nothing stored", SETTLE, platform::stored, List::isEmpty);
  }

  @Test
  void aPauseWithoutRoomIsUndone() throws Exception {
    Marked capsule = Marked.create(api);
    int failed = 0;
    try (StepGate gate = platform.gate()) {
      for (long leave = 0; ; leave = leave == 0 ? 128 << 10 : leave * 3) {
        gate.hold(capsule.id(), "after prepare");
        FutureTask<Api.Answer> pause = new FutureTask<>(() -> capsule.post("pause"));
        Thread.ofVirtual().start(pause);
        gate.awaitHeld(capsule.id(), "after prepare");
        mount.fill(leave);
        gate.release(capsule.id(), "after prepare");
        Api.Answer answer = pause.get();
        System.out.printf("    %d KiB free: %d %s; %s%n", leave >> 10, answer.status(), answer.text(), gate.passed(capsule.id()).getLast());
        mount.empty();
        if (answer.status() == 200) {
          break;
        }
        failed++;
        assertTrue(answer.text().matches("(?s).*(No space left|is full).*"), "it must say what is wrong: " + answer.text());
        capsule.awaitStatus("running");
        capsule.check();
        Await.until("nothing stored of a pause that failed", SETTLE, platform::stored, List::isEmpty);
      }
    }
    assertTrue(failed >= 4, "it was full " + failed + " times only");
    assertEquals("paused", capsule.status());
    capsule.resume();
    capsule.check();
  }

  /**
   * A guest that writes while its host's file system is full stands still, is told of, outlives its driver, and goes on when there is room: with all
   * that it wrote.
   */
  @Test
  void aGuestThatFindsNoRoomStandsStillAndGoesOn() throws Exception {
    Marked capsule = Marked.create(api);
    Api admin = platform.adminApi();
    mount.fill(16 << 20);
    api.background(capsule.id(), "dd if=/dev/urandom bs=1M count=48 2> /dev/null | tee /root/much | sha256sum > /dev/shm/sum; sync; echo over > /dev/shm/over");
    Await.until("the host to tell of it", SETTLE, () -> admin.get("/v1/hosts").expect(200).text(), text -> text.contains(capsule.id() + " stands still"));
    // Who takes it over finds a guest that waits, and none to end.
    assertEquals("", restarted("dev.wrenn.hypervisor-qemu"));
    Api.Answer refused = capsule.post("pause");
    // The database is on the same file system, and says so before the host is asked if it has closed itself.
    assertTrue(refused.status() != 200 && (refused.text().contains("room") || refused.text().contains("database")), refused.text());
    mount.empty();
    Await.until("the database to be open again", SETTLE, () -> api.get("/v1/capsules").status(), status -> status == 200);
    capsule.awaitStatus("running");
    Await.until("the guest to go on", SETTLE, () -> capsule.in("cat /dev/shm/over || true"), "over"::equals);
    assertEquals(capsule.in("cut -c1-64 /dev/shm/sum"), capsule.in("sync; echo 3 > /proc/sys/vm/drop_caches; sha256sum < /root/much | cut -c1-64"));
    capsule.check();
    capsule.pause();
    capsule.resume();
    capsule.check();
    Await.until("nothing to tell", SETTLE, () -> admin.get("/v1/hosts").expect(200).text(), text -> !text.contains(capsule.id()));
  }

  /** @return what the shell has to complain of */
  private static String restarted(String bundle) throws Exception {
    List<String> words = new ArrayList<>(platform.ssh());
    words.add("bundle:restart " + bundle);
    Process process = new ProcessBuilder(words).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the restart of " + bundle);
    return said.strip();
  }

  @Test
  void whatWasReportedPausedOutlivesAPowerCut() throws Exception {
    List<Marked> capsules = Marked.create(api, 6);
    Marked once = capsules.get(0);
    Marked twice = capsules.get(1);
    Marked half = capsules.get(2);
    Marked published = capsules.get(3);
    Marked running = capsules.get(4);
    Marked resuming = capsules.get(5);
    twice.pause();
    twice.resume();
    resuming.pause();
    Marked fresh;
    List<ProcessHandle> others;
    try (StepGate gate = platform.gate()) {
      gate.hold(half.id(), "before publish");
      gate.hold(published.id(), "after publish");
      gate.hold(resuming.id(), "after restore");
      List<FutureTask<Api.Answer>> cut = List.of(new FutureTask<>(() -> half.post("pause")), new FutureTask<>(() -> published.post("pause")),
          new FutureTask<>(() -> resuming.post("resume")));
      cut.forEach(Thread.ofVirtual()::start);
      gate.awaitHeld(half.id(), "before publish");
      gate.awaitHeld(published.id(), "after publish");
      gate.awaitHeld(resuming.id(), "after restore");
      api.post("/v1/snapshots", "{\"sandbox_id\":\"" + running.id() + "\",\"name\":\"whole\"}").expect(201);
      Marked.atOnce(2, at -> capsules.get(at).post("pause").expect(200));
      // Its row is as young as can be.
      fresh = Marked.create(api);
      fresh.pause();
      // Without power nothing runs any more; who delivers memory is found by a file that can't be read then.
      others = platform.pagers();
      mount.cutPower();
      platform.killDashNine();
    }
    for (long pid : platform.microVms()) {
      others.add(ProcessHandle.of(pid).orElseThrow());
    }
    for (ProcessHandle process : others) {
      process.destroyForcibly();
      process.onExit().join();
    }
    mount.unmount();
    mount.mount();
    platform.startAgain();
    List<Marked> paused = List.of(once, twice, fresh, published, resuming);
    Marked.atOnce(paused.size(), at -> {
      paused.get(at).comesBack();
      return null;
    });
    Marked begun = running.as(api.post("/v1/capsules", "{\"template\":\"whole\"}").expect(201).json().get("id").asText());
    begun.check();
    half.awaitStatus("error");
    running.awaitStatus("error");
    api.destroy(begun.id());
    api.delete("/v1/snapshots/whole").expect(204);
  }
}
