package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import dev.wrenn.itests.StepGate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * SIGKILL of the JVM after each step of a pause, a resume, a template and a copy. One kill meets many capsules, each at a step of its own.
 * Those of a resume and of a template run always, the others with {@code -Dwrenn.faults=true}, for all together take minutes.
 */
@ExtendWith(SharedPlatform.class)
@Timeout(1800)
class StepKillIT {
  private static final List<String> UNDONE = List.of("after prepare", "after quiesce", "after reclaim", "after freeze", "after disk", "after save", "before publish");
  private static final List<String> PAUSED = List.of("after publish", "after kill", "after release", "after delete", "after end");
  private static final List<String> RESUME = List.of("after admission", "after disk", "after network", "after memory", "after restore", "after agent", "before commit");
  private static final Duration CLEAN = Duration.ofSeconds(120);

  private static RunningPlatform platform;
  private static Api api;

  @BeforeAll
  static void start(RunningPlatform shared) {
    platform = shared;
    api = platform.api();
  }

  private interface Request {
    void send(Marked capsule) throws IOException, InterruptedException;
  }

  /** Sends each capsule on its way, waits until each is held at its step, and kills the platform under them. */
  private static void killAmid(List<Marked> capsules, List<String> steps, Request request) throws Exception {
    List<Thread> clients = new ArrayList<>();
    try (StepGate gate = platform.gate()) {
      for (int at = 0; at < capsules.size(); at++) {
        Marked capsule = capsules.get(at);
        gate.hold(capsule.id(), steps.get(at));
        clients.add(Thread.ofVirtual().start(() -> cut(capsule, request)));
      }
      for (int at = 0; at < capsules.size(); at++) {
        gate.awaitHeld(capsules.get(at).id(), steps.get(at));
      }
      platform.killDashNine();
    }
    for (Thread client : clients) {
      client.join();
    }
    platform.startAgain();
  }

  private static void cut(Marked capsule, Request request) {
    try {
      request.send(capsule);
    } catch (IOException | InterruptedException killed) {
      // The platform is killed under this request.
    }
  }

  @EnabledIfSystemProperty(named = "wrenn.faults", matches = "true")
  @Test
  void aPauseIsFinishedOrUndone() throws Exception {
    List<String> steps = new ArrayList<>(UNDONE);
    steps.addAll(PAUSED);
    List<Marked> capsules = Marked.create(api, steps.size());
    killAmid(capsules, steps, capsule -> capsule.post("pause"));
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      capsule.awaitStatus(PAUSED.contains(steps.get(at)) ? "paused" : "running");
      return null;
    });
    Await.until("microVMs of those that run only", CLEAN, platform::microVms, all -> all.size() == UNDONE.size());
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      capsule.resume();
      capsule.check();
      // What was undone leaves nothing in the way of the next one.
      capsule.pause();
      capsule.resume();
      capsule.check();
      return null;
    });
  }

  @Test
  void aResumeThatIsCutIsStillPaused() throws Exception {
    List<Marked> capsules = Marked.create(api, RESUME.size());
    Marked.atOnce(capsules.size(), at -> {
      capsules.get(at).pause();
      return null;
    });
    killAmid(capsules, RESUME, capsule -> capsule.post("resume"));
    Await.until("nothing that runs", CLEAN, platform::leftovers, List::isEmpty);
    Marked.atOnce(capsules.size(), at -> {
      capsules.get(at).comesBack();
      return null;
    });
  }

  private static String name(Marked capsule) {
    return "of-" + capsule.id();
  }

  @Test
  void aTemplateIsThereAsAWholeOrNotAndItsCapsuleGoesOn() throws Exception {
    List<String> steps = List.of("after freeze", "after disk", "after save", "before wake", "after wake", "before publish", "after publish");
    List<Marked> capsules = Marked.create(api, steps.size());
    killAmid(capsules, steps, capsule -> api.post("/v1/snapshots", "{\"sandbox_id\":\"" + capsule.id() + "\",\"name\":\"" + name(capsule) + "\"}"));
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      capsule.awaitStatus("running");
      capsule.check();
      Api.Answer begun = api.post("/v1/capsules", "{\"template\":\"" + name(capsule) + "\"}");
      if (begun.status() == 201) {
        capsule.as(begun.json().get("id").asText()).check();
        assertEquals("after publish", steps.get(at));
        api.destroy(begun.json().get("id").asText());
      }
      return null;
    });
    for (Marked capsule : capsules) {
      api.delete("/v1/snapshots/" + name(capsule));
    }
  }

  @EnabledIfSystemProperty(named = "wrenn.faults", matches = "true")
  @Test
  void whatWasMadeForCopiesGoesWithAKillAmidThem() throws Exception {
    List<String> steps = List.of("after publish", "after memory", "after restore", "before commit");
    List<Marked> capsules = Marked.create(api, steps.size());
    List<Thread> clients = new ArrayList<>();
    try (StepGate gate = platform.gate()) {
      for (int at = 0; at < steps.size(); at++) {
        Marked capsule = capsules.get(at);
        String step = steps.get(at);
        gate.holdAnyone(step);
        clients.add(Thread.ofVirtual().start(() -> cut(capsule, original -> api.post("/v1/capsules/" + original.id() + "/fork", "{\"count\":2}"))));
        gate.awaitAnyone(step);
      }
      platform.killDashNine();
    }
    for (Thread client : clients) {
      client.join();
    }
    platform.startAgain();
    for (Marked capsule : capsules) {
      capsule.awaitStatus("running");
      capsule.check();
    }
    Await.until("nothing stored for copies", CLEAN, () -> platform.stored().stream().filter(file -> file.startsWith("snapshots/snapshots/template")).toList(),
        List::isEmpty);
  }

  private interface Blow {
    void strike(int number) throws Exception;
  }

  /** Holds each capsule at its step, does that to it, and lets it go on. @return the answers */
  private static List<Api.Answer> strikeAmid(List<Marked> capsules, List<String> steps, Blow blow, String action) throws Exception {
    try (StepGate gate = platform.gate()) {
      return Marked.atOnce(capsules.size(), at -> {
        Marked capsule = capsules.get(at);
        gate.hold(capsule.id(), steps.get(at));
        FutureTask<Api.Answer> answer = new FutureTask<>(() -> capsule.post(action));
        Thread.ofVirtual().start(answer);
        gate.awaitHeld(capsule.id(), steps.get(at));
        blow.strike(at);
        gate.release(capsule.id(), steps.get(at));
        return answer.get();
      });
    }
  }

  private static void killMicroVm(Marked capsule) throws IOException {
    ProcessHandle process = ProcessHandle.of(platform.microVm(capsule.id())).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
  }

  @EnabledIfSystemProperty(named = "wrenn.faults", matches = "true")
  @Test
  void aPauseWhoseMicroVmDiesIsFinishedOrAnError() throws Exception {
    List<String> steps = List.of("after prepare", "after quiesce", "after reclaim", "after freeze", "after disk", "after save", "before publish", "after publish");
    List<Marked> capsules = Marked.create(api, steps.size());
    List<Api.Answer> answers = strikeAmid(capsules, steps, at -> killMicroVm(capsules.get(at)), "pause");
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      if (answers.get(at).status() == 200) {
        assertTrue(at > 3, "paused without having been saved: " + steps.get(at));
        assertEquals("paused", capsule.status());
        capsule.resume();
        capsule.check();
      } else {
        assertTrue(at < 5, "what was saved before the microVM died is lost: " + steps.get(at) + ": " + answers.get(at));
        capsule.awaitStatus("error");
        assertTrue(answers.get(at).text().contains(capsule.id()), answers.get(at).text());
      }
      return null;
    });
    Await.until("microVMs of those that were resumed", CLEAN, platform::microVms, all -> all.size() == answers.stream().filter(a -> a.status() == 200).count());
  }

  @EnabledIfSystemProperty(named = "wrenn.faults", matches = "true")
  @Test
  void aResumeWhoseMicroVmDiesIsStillPaused() throws Exception {
    List<String> steps = List.of("after restore", "before agent", "after agent", "before commit");
    List<Marked> capsules = Marked.create(api, steps.size());
    Marked.atOnce(capsules.size(), at -> capsules.get(at).post("pause").expect(200));
    List<Api.Answer> answers = strikeAmid(capsules, steps, at -> killMicroVm(capsules.get(at)), "resume");
    Marked.atOnce(steps.size(), at -> {
      assertNotEquals(200, answers.get(at).status(), steps.get(at));
      capsules.get(at).comesBack();
      return null;
    });
  }

  @EnabledIfSystemProperty(named = "wrenn.faults", matches = "true")
  @Test
  void anAgentThatDiesLosesNoCapsule() throws Exception {
    List<String> steps = List.of("before quiesce", "after quiesce", "before freeze");
    List<Marked> capsules = Marked.create(api, steps.size());
    List<AgentKiller> killers = Marked.atOnce(steps.size(), at -> AgentKiller.in(platform, capsules.get(at).id()));
    List<Api.Answer> answers = strikeAmid(capsules, steps, at -> killers.get(at).kill(), "pause");
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      assertEquals(answers.get(at).status() == 200 ? "paused" : "running", capsule.status(), steps.get(at) + ": " + answers.get(at));
      capsule.resume();
      capsule.check();
      capsule.pause();
      return null;
    });
    List<String> back = List.of("after restore", "after agent", "before commit");
    List<Api.Answer> resumed = strikeAmid(capsules, back, at -> killers.get(at).kill(), "resume");
    Marked.atOnce(back.size(), at -> {
      Marked capsule = capsules.get(at);
      assertEquals(resumed.get(at).status() == 200 ? "running" : "paused", capsule.status(), back.get(at) + ": " + resumed.get(at));
      capsule.resume();
      capsule.check();
      return null;
    });
  }
}
