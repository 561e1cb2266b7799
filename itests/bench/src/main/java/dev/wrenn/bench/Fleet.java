package dev.wrenn.bench;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many small capsules that all work at the same time. */
final class Fleet {
  private static final int WANTED = Integer.getInteger("wrenn.capsules", 50);
  private static final int MEMORY_MB = 128;
  /** What an emulated microVM takes beside its guest's memory. */
  private static final int BESIDE_MB = 150;
  private static final int CREATORS = 4;
  private static final int CALLS = 5;

  private Fleet() {}

  static void measure() throws Exception {
    long available = available();
    int count = (int) Math.clamp(available * 3 / 4 / (MEMORY_MB + BESIDE_MB), 1, WANTED);
    System.out.printf("%nFleet: %d capsules of 1 vCPU and %d MB (%d wanted; %d MiB are available, and %d MB each are counted), each given %d commands one after the other,"
        + " all capsules at once%n", count, MEMORY_MB, WANTED, available, MEMORY_MB + BESIDE_MB, CALLS);
    try (RunningPlatform platform = RunningPlatform.start("wfleet", 218, "cpuOvercommitPercent = 100000", "memoryOvercommitPercent = 200", "agentSeconds = 300", "bootSeconds = 120")) {
      Api api = platform.api();
      long begin = System.nanoTime();
      List<String> ids;
      try (ExecutorService creators = Executors.newFixedThreadPool(CREATORS)) {
        ids = all(creators, count, i -> api.post("/v1/capsules", "{\"vcpus\":1,\"memory_mb\":" + MEMORY_MB + "}").expect(201).json().get("id").asText());
      }
      System.out.printf("  created in %.1f s, %d at once%n", (System.nanoTime() - begin) / 1e9, CREATORS);
      Sample calls = new Sample("exec in every capsule at once");
      List<String> errors = new ArrayList<>();
      try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
        for (List<Object> outcome : all(workers, count, i -> work(api, ids.get(i)))) {
          outcome.forEach(o -> {
            if (o instanceof Double millis) {
              calls.add(millis);
            } else {
              errors.add(o.toString());
            }
          });
        }
      }
      errors.stream().distinct().limit(5).forEach(e -> System.out.println("  error: " + e));
      System.out.println(errors.size() < count * CALLS ? calls : "  no call succeeded");
      Bench.verdict("errors of " + count * CALLS + " commands", errors.size(), "≤", 0, "");
    }
  }

  private static List<Object> work(Api api, String id) throws InterruptedException {
    List<Object> outcome = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      try {
        String said = api.sh(id, "echo " + id + " " + i).get("stdout").asText();
        outcome.add(said.equals(id + " " + i + "\n") ? (Object) ((System.nanoTime() - start) / 1e6) : "wrong output: " + said);
      } catch (IOException | AssertionError failed) {
        outcome.add(failed.toString());
      }
    }
    return outcome;
  }

  private interface Part<T> {
    T of(int i) throws Exception;
  }

  private static <T> List<T> all(ExecutorService workers, int count, Part<T> part) throws InterruptedException, ExecutionException {
    List<Future<T>> running = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      running.add(workers.submit((Callable<T>) () -> part.of(number)));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> one : running) {
      results.add(one.get());
    }
    return results;
  }

  private static long available() throws IOException {
    return Files.readAllLines(Path.of("/proc/meminfo")).stream().filter(l -> l.startsWith("MemAvailable:"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElseThrow() / 1024;
  }
}
