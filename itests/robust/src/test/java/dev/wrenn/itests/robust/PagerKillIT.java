package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import dev.wrenn.itests.StepGate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * SIGKILL of the process that delivers memory, at each step of a pause, a resume, a template and a copy. One kill meets many capsules, each at
 * a step of its own. What was saved before is there; what was not is an error with its reason, and nothing is left.
 */
@Timeout(1200)
class PagerKillIT {
  private static final Duration CLEAN = Duration.ofSeconds(120);
  private static RunningPlatform platform;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    platform = RunningPlatform.unpacked("wrps", 222);
    platform.configure("dev.wrenn.uffd", "deliverAll = false");
    platform.configure("dev.wrenn.host", "restoreMemory = paged", "warm = false", "activityNoteSeconds = 1");
    platform.canBeHeld(16);
    platform.launch();
    api = platform.api();
  }

  @AfterAll
  static void stop() throws Exception {
    platform.close();
    assertEquals(List.of(), platform.leftovers());
    assertEquals(List.of(), platform.stored());
  }

  @AfterEach
  void end() throws Exception {
    for (String id : api.capsules()) {
      api.destroy(id);
    }
    Await.until("a machine with nothing left on it", CLEAN, platform::leftovers, List::isEmpty);
    Await.until("nothing stored", CLEAN, platform::stored, List::isEmpty);
  }

  private static Marked half(Marked capsule) throws Exception {
    capsule.pause();
    capsule.resume();
    assertEquals("paged", api.capsule(capsule.id()).at("/metadata/memory").asText());
    return capsule;
  }

  private static List<Marked> halves(int count) throws Exception {
    return Marked.atOnce(count, at -> half(Marked.create(api)));
  }

  /** Another one runs when it returns, so the platform has seen the end of the first. */
  private static void killPager() throws Exception {
    ProcessHandle pager = platform.pagers().getFirst();
    pager.destroyForcibly();
    pager.onExit().join();
    Await.until("another page server", CLEAN, platform::pagers, now -> now.size() == 1 && now.getFirst().pid() != pager.pid());
  }

  /** Holds each capsule at its step, kills the pager once, and lets them go on. @return the answers */
  private static List<Api.Answer> strike(List<Marked> capsules, List<String> steps, Marked.Numbered<Api.Answer> request) throws Exception {
    List<FutureTask<Api.Answer>> answers = new ArrayList<>();
    try (StepGate gate = platform.gate()) {
      for (int at = 0; at < steps.size(); at++) {
        int number = at;
        gate.hold(capsules.get(at).id(), steps.get(at));
        FutureTask<Api.Answer> answer = new FutureTask<>((Callable<Api.Answer>) () -> request.at(number));
        Thread.ofVirtual().start(answer);
        answers.add(answer);
      }
      for (int at = 0; at < steps.size(); at++) {
        gate.awaitHeld(capsules.get(at).id(), steps.get(at));
      }
      killPager();
      for (int at = 0; at < steps.size(); at++) {
        gate.release(capsules.get(at).id(), steps.get(at));
      }
      List<Api.Answer> all = new ArrayList<>();
      for (FutureTask<Api.Answer> answer : answers) {
        all.add(answer.get());
      }
      return all;
    }
  }

  private static void failedForItsMemory(Marked capsule, String step) throws Exception {
    capsule.awaitStatus("error");
    String reason = api.capsule(capsule.id()).get("reason").toString();
    assertTrue(reason.contains("memory") || reason.contains("page server"), step + ": " + reason);
  }

  @Test
  void aPauseIsFinishedOrAnError() throws Exception {
    List<String> steps = List.of("after prepare", "after reclaim", "after quiesce", "after freeze", "after save", "before publish", "after publish", "after kill");
    List<Marked> capsules = halves(steps.size());
    List<Api.Answer> answers = strike(capsules, steps, at -> capsules.get(at).post("pause"));
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      if (answers.get(at).status() == 200) {
        assertEquals("paused", capsule.status(), steps.get(at));
        capsule.comesBack();
      } else {
        assertTrue(at < 4, "what was saved before is lost: " + steps.get(at) + ": " + answers.get(at));
        assertTrue(answers.get(at).text().contains(capsule.id()), answers.get(at).text());
        capsule.awaitStatus("error");
      }
      return null;
    });
  }

  @Test
  void aResumeLeavesItPausedOrRunning() throws Exception {
    List<String> steps = List.of("after admission", "after disk", "after pages", "after memory", "before restore", "after restore", "after agent", "before commit");
    List<Marked> capsules = Marked.create(api, steps.size());
    Marked.atOnce(steps.size(), at -> capsules.get(at).post("pause").expect(200));
    List<Api.Answer> answers = strike(capsules, steps, at -> capsules.get(at).post("resume"));
    Marked.atOnce(steps.size(), at -> {
      Marked capsule = capsules.get(at);
      if (answers.get(at).status() == 200) {
        assertTrue(at < 2, "it runs without its memory: " + steps.get(at));
        capsule.check();
      } else {
        capsule.comesBack();
      }
      return null;
    });
  }

  @Test
  @EnabledIfSystemProperty(named = "wrenn.faults", matches = "true")
  void aTemplateIsThereAsAWholeOrNot() throws Exception {
    List<String> steps = List.of("after quiesce", "after freeze", "after save", "after wake", "before publish", "after publish");
    List<Marked> capsules = halves(steps.size());
    List<Api.Answer> answers = strike(capsules, steps, at -> api.post("/v1/snapshots", "{\"sandbox_id\":\"" + capsules.get(at).id() + "\",\"name\":\"" + name(at) + "\"}"));
    try {
      wholeOrNot(capsules, steps, answers);
    } finally {
      for (int at = 0; at < steps.size(); at++) {
        api.delete("/v1/snapshots/" + name(at));
      }
    }
  }

  private static void wholeOrNot(List<Marked> capsules, List<String> steps, List<Api.Answer> answers) throws Exception {
    Marked.atOnce(steps.size(), at -> {
      failedForItsMemory(capsules.get(at), steps.get(at));
      boolean made = answers.get(at).status() == 201;
      Api.Answer begun = api.post("/v1/capsules", "{\"template\":\"" + name(at) + "\"}");
      assertEquals(made, begun.status() == 201, steps.get(at) + ": " + answers.get(at) + ", then " + begun);
      if (made) {
        assertTrue(at > 1, steps.get(at));
        capsules.get(at).as(begun.json().get("id").asText()).check();
        api.destroy(begun.json().get("id").asText());
      } else {
        assertTrue(at < 4, "what was saved is lost: " + steps.get(at) + ": " + answers.get(at));
      }
      return null;
    });
  }

  private static String name(int number) {
    return "pager-" + number;
  }

  @Test
  void copiesFailAloneAndTheirOriginalGoesOn() throws Exception {
    List<String> steps = List.of("after pages", "after restore", "before commit");
    List<Marked> originals = Marked.create(api, steps.size());
    List<FutureTask<Api.Answer>> answers = new ArrayList<>();
    List<String> held = new ArrayList<>();
    try (StepGate gate = platform.gate()) {
      for (int at = 0; at < steps.size(); at++) {
        Marked original = originals.get(at);
        gate.holdAnyone(steps.get(at));
        FutureTask<Api.Answer> answer = new FutureTask<>((Callable<Api.Answer>) () -> api.post("/v1/capsules/" + original.id() + "/fork", "{\"count\":1}"));
        Thread.ofVirtual().start(answer);
        answers.add(answer);
        held.add(gate.awaitAnyone(steps.get(at)));
      }
      killPager();
      for (int at = 0; at < steps.size(); at++) {
        gate.release(held.get(at), steps.get(at));
      }
      for (FutureTask<Api.Answer> answer : answers) {
        Api.Answer told = answer.get();
        assertNotEquals("", told.text());
      }
    }
    for (Marked original : originals) {
      original.check();
    }
    for (int at = 0; at < steps.size(); at++) {
      String copy = held.get(at);
      if (api.capsules().contains(copy)) {
        assertEquals("error", api.capsule(copy).get("status").asText(), steps.get(at) + ": " + answers.get(at).get());
      }
    }
    Await.until("nothing stored for copies", CLEAN, () -> platform.stored().stream().filter(file -> file.startsWith("snapshots/snapshots/template")).toList(),
        List::isEmpty);
  }
}
