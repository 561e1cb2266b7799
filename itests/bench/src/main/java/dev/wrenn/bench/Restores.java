package dev.wrenn.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Creates that go on from a guest that has booted before, and resumes, against creates that boot. */
final class Restores {
  private static final int ROUNDS = 15;
  private static final int WARM_UP = 3;
  private static final int MEMORY_MB = 256;
  private static final Duration WARM = Duration.ofSeconds(180);

  private Restores() {}

  static void measure() throws Exception {
    System.out.println("\nRestore: POST /v1/capsules where a guest is ready, of a size that is kept booted, of a template, and a resume, against one of a size that has to boot");
    try (RunningPlatform platform = RunningPlatform.start("wrest", 219, "warmReady = 1", "warmPatienceSeconds = 1")) {
      Api api = platform.api();
      warm(platform);
      String template = template(api);
      Timed boot = new Timed("create that boots", platform);
      Timed ready = new Timed("create where a guest is ready", platform);
      Timed restored = new Timed("create of minimal, kept booted", platform);
      Timed fromTemplate = new Timed("create of a template", platform);
      Timed resumed = new Timed("resume", platform);
      Timed paused = new Timed("pause", platform);
      String sleeper = api.create();
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        // No size is asked for twice, so that none of them is kept booted.
        api.destroy(boot.create(api, "{\"memory_mb\":" + (MEMORY_MB + 1 + round + WARM_UP) + "}", counts));
        platform.awaitReady(1, MEMORY_MB);
        String taken = ready.create(api, "{\"memory_mb\":" + MEMORY_MB + "}", counts);
        // At once, before another one is ready.
        String second = restored.create(api, "{\"memory_mb\":" + MEMORY_MB + "}", counts);
        started(api, taken, "ready");
        started(api, second, "warm");
        api.destroy(taken);
        api.destroy(second);
        api.destroy(fromTemplate.create(api, "{\"memory_mb\":" + MEMORY_MB + ",\"template\":\"" + template + "\"}", counts));
        paused.change(api, sleeper, "pause", counts);
        resumed.change(api, sleeper, "resume", counts);
      }
      for (Timed each : new Timed[] {boot, ready, restored, fromTemplate, paused, resumed}) {
        each.print();
      }
      Bench.verdict("create where a guest is ready / create that boots", ready.median() / boot.median(), "≤", 0.15, "");
      Bench.verdict("create of minimal, kept booted / create that boots", restored.median() / boot.median(), "≤", 0.15, "");
      Bench.verdict("create of a template / create that boots", fromTemplate.median() / boot.median(), "≤", 0.15, "");
      Bench.verdict("the same in processor time of the microVM", restored.cpu() / boot.cpu(), "≤", 0.15, "");
      Bench.verdict("resume / create that boots", resumed.median() / boot.median(), "≤", 0.15, "");
    }
  }

  /** A create of that size is no boot from here on. */
  static void warm(RunningPlatform platform) throws IOException, InterruptedException {
    Api api = platform.api();
    Await.until("a guest of " + MEMORY_MB + " MiB that is kept booted", WARM, () -> {
      String id = api.create();
      String start = api.capsule(id).at("/metadata/start").asText();
      api.destroy(id);
      return start;
    }, start -> start.startsWith("warm") || start.startsWith("ready"));
  }

  private static void started(Api api, String id, String how) throws IOException, InterruptedException {
    String start = api.capsule(id).at("/metadata/start").asText();
    if (!start.startsWith(how)) {
      throw new IllegalStateException("capsule " + id + " was to begin as '" + how + "', not as '" + start + "'");
    }
  }

  private static String template(Api api) throws IOException, InterruptedException {
    String id = api.create();
    api.sh(id, "true");
    String name = api.post("/v1/snapshots", "{\"sandbox_id\":\"" + id + "\",\"name\":\"bench\"}").expect(201).json().get("name").asText();
    api.destroy(id);
    return name;
  }

  /** An operation as its caller sees it, and its steps as the platform tells them. */
  private static final class Timed {
    private final Sample whole;
    private final Sample cpu = new Sample("  processor time of its microVM until then");
    private final Sample first = new Sample("  its first command, true");
    private final RunningPlatform platform;
    private final Map<String, Sample> steps = new LinkedHashMap<>();

    Timed(String name, RunningPlatform platform) {
      whole = new Sample(name);
      this.platform = platform;
    }

    String create(Api api, String body, boolean counts) throws IOException, InterruptedException {
      List<Long> before = platform.microVms();
      long begin = System.nanoTime();
      String id = api.post("/v1/capsules", body).expect(201).json().get("id").asText();
      took(api, id, begin, counts);
      if (counts) {
        for (long pid : platform.microVms()) {
          if (!before.contains(pid)) {
            cpu.add(cpuMillis(pid));
          }
        }
      }
      begin = System.nanoTime();
      api.sh(id, "true");
      if (counts) {
        first.add((System.nanoTime() - begin) / 1e6);
      }
      return id;
    }

    void change(Api api, String id, String action, boolean counts) throws IOException, InterruptedException {
      long begin = System.nanoTime();
      api.post("/v1/capsules/" + id + "/" + action, "").expect(200);
      took(api, id, begin, counts);
    }

    private void took(Api api, String id, long begin, boolean counts) throws IOException, InterruptedException {
      double millis = (System.nanoTime() - begin) / 1e6;
      if (counts) {
        whole.add(millis);
        for (JsonNode step : api.capsule(id).path("steps")) {
          steps.computeIfAbsent("  step " + step.get("name").asText(), Sample::new).add(step.get("ms").asDouble());
        }
      }
    }

    double median() {
      return whole.median();
    }

    double cpu() {
      return cpu.median();
    }

    /** Of all its threads. What it does on a busy machine takes longer, but not much more of this. */
    private static double cpuMillis(long pid) throws IOException {
      long nanos = 0;
      try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
        for (Path thread : threads.toList()) {
          nanos += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
        }
      }
      return nanos / 1e6;
    }

    void print() {
      System.out.println(whole);
      if (!cpu.isEmpty()) {
        System.out.println(cpu);
      }
      if (!first.isEmpty()) {
        System.out.println(first);
      }
      steps.values().forEach(System.out::println);
    }
  }
}
