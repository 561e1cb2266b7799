package dev.wrenn.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What a pause writes and how long a guest stands still for a template: the first time, after little has changed, and with memory that was given back. */
final class Pauses {
  private static final int ROUNDS = 5;
  private static final int MEMORY_MB = 512;
  private static final int FILLED_MB = 200;
  private static final int LARGE_MB = 1024;
  private static final int FREED_MB = 600;

  private Pauses() {}

  static void measure() throws Exception {
    try (RunningPlatform platform = RunningPlatform.start("wpause", 221, "warm = false")) {
      again(platform);
      still(platform);
      freed(platform);
    }
  }

  private static void again(RunningPlatform platform) throws Exception {
    System.out.printf("%nPause again: a capsule of %d MB with %d MB of noise in memory; after its first pause 5 %% of them are written anew%n", MEMORY_MB, FILLED_MB);
    Api api = platform.api();
    Sample first = new Sample("first pause");
    Sample second = new Sample("pause again");
    Sample ratio = new Sample("bytes of pause again / first pause, in %");
    Map<String, Sample> steps = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      String id = api.post("/v1/capsules", "{\"memory_mb\":" + MEMORY_MB + "}").expect(201).json().get("id").asText();
      api.sh(id, "head -c " + (FILLED_MB << 20) + " /dev/urandom > /dev/shm/noise");
      long empty = stored(platform);
      pause(api, id, first, "first", steps);
      long whole = stored(platform) - empty;
      api.post("/v1/capsules/" + id + "/resume", "").expect(200);
      api.sh(id, "dd if=/dev/urandom of=/dev/shm/noise bs=1M count=" + FILLED_MB / 20 + " conv=notrunc 2>/dev/null");
      long before = stored(platform);
      pause(api, id, second, "again", steps);
      ratio.add(100.0 * (stored(platform) - before) / whole);
      api.destroy(id);
    }
    System.out.println(first);
    System.out.println(second);
    steps.values().forEach(System.out::println);
    System.out.println(ratio);
    Bench.verdict("bytes: pause again / first pause (medians)", ratio.median() / 100, "≤", 0.10, "");
    Bench.verdict("time: pause again / first pause (medians)", second.median() / first.median(), "≤", 0.50, "");
  }

  private static void pause(Api api, String id, Sample whole, String which, Map<String, Sample> steps) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    whole.add((System.nanoTime() - begin) / 1e6);
    for (JsonNode step : api.capsule(id).path("steps")) {
      steps.computeIfAbsent("  " + which + " " + step.get("name").asText(), Sample::new).add(step.get("ms").asDouble());
    }
  }

  private static void still(RunningPlatform platform) throws Exception {
    System.out.printf("%nFreeze: how long a guest of %d MB with %d MB of noise stands still for a template, as its host measures it%n", MEMORY_MB, FILLED_MB);
    Api api = platform.api();
    String id = api.post("/v1/capsules", "{\"memory_mb\":" + MEMORY_MB + "}").expect(201).json().get("id").asText();
    api.sh(id, "head -c " + (FILLED_MB << 20) + " /dev/urandom > /dev/shm/noise");
    Sample whole = new Sample("POST /v1/snapshots");
    Sample still = new Sample("  the guest stands still");
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      api.post("/v1/snapshots", "{\"sandbox_id\":\"" + id + "\",\"name\":\"still" + round + "\"}").expect(201);
      whole.add((System.nanoTime() - begin) / 1e6);
      api.sh(id, "true");
      still.add(Still.last(platform, id));
    }
    api.destroy(id);
    System.out.println(whole);
    System.out.println(still);
  }

  private static void freed(RunningPlatform platform) throws Exception {
    System.out.printf("%nGiven back: what a pause stores of a guest of %d MB that has used %d MB and freed them, against the memory that it uses%n", LARGE_MB, FREED_MB);
    Api api = platform.api();
    String id = api.post("/v1/capsules", "{\"memory_mb\":" + LARGE_MB + "}").expect(201).json().get("id").asText();
    api.sh(id, "head -c " + ((long) FREED_MB << 20) + " /dev/urandom > /dev/shm/noise; rm /dev/shm/noise; sync; echo 3 > /proc/sys/vm/drop_caches; sleep 3");
    // With what the kernel has taken for itself at its start, which is no part of its MemTotal.
    long live = ((long) LARGE_MB << 20) - 1024L * api.sh(id, "awk '/^MemFree/ {print $2}' /proc/meminfo").get("stdout").asText().strip().transform(Long::parseLong);
    long before = stored(platform);
    api.post("/v1/capsules/" + id + "/pause", "").expect(200);
    long bytes = stored(platform) - before;
    api.destroy(id);
    System.out.printf("  stored %.1f MiB, in use %.1f MiB%n", bytes / 1048576.0, live / 1048576.0);
    Bench.verdict("stored / in use", (double) bytes / live, "≤", 1.15, "");
  }

  /** Bytes of all layers of memory. */
  private static long stored(RunningPlatform platform) throws IOException {
    try (Stream<Path> layers = Files.list(platform.data().resolve("snapshots/layers"))) {
      return layers.mapToLong(layer -> layer.toFile().length()).sum();
    }
  }
}
