package dev.wrenn.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** The platform with a simulated hypervisor: what is measured is the platform alone. */
final class Scale {
  private static final int CLIENTS = 8;
  private static final int SECONDS = 15;

  private Scale() {}

  static void measure(boolean list, boolean scale) throws Exception {
    Path sim = Path.of(System.getProperty("wrenn.sim", ""));
    if (!Files.isRegularFile(sim)) {
      throw new IllegalStateException("The simulated driver is not built: run `make build` first");
    }
    try (RunningPlatform platform = RunningPlatform.startSimulated("wscale", 217, sim)) {
      if (list) {
        Lists.measure(platform);
      }
      if (scale) {
        rate(platform);
        footprint(platform);
      }
    }
  }

  private static void rate(RunningPlatform platform) throws Exception {
    System.out.printf("%nRate: create + destroy of simulated capsules through REST, %d clients, %d s after as long a warm-up%n", CLIENTS, SECONDS);
    run(platform, SECONDS);
    ProcessHandle server = ProcessHandle.of(platform.jvm()).orElseThrow();
    Duration before = server.info().totalCpuDuration().orElseThrow();
    int pairs = run(platform, SECONDS);
    Duration used = server.info().totalCpuDuration().orElseThrow().minus(before);
    System.out.printf("  %.2f ms of processor time of the server for each%n", used.toNanos() / 1e6 / pairs);
    Bench.verdict("creates + destroys per second", pairs / (double) SECONDS, "≥", 200, "/s");
  }

  private static int run(RunningPlatform platform, int seconds) throws Exception {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    AtomicInteger pairs = new AtomicInteger();
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Api api = platform.api();
        running.add(clients.submit(() -> {
          while (System.nanoTime() < end) {
            api.destroy(small(api));
            pairs.incrementAndGet();
          }
          return null;
        }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
    return pairs.get();
  }

  private static void footprint(RunningPlatform platform) throws Exception {
    System.out.println("\nFootprint: heap after a full collection, and platform threads, with N simulated capsules that idle");
    Api api = platform.api();
    List<String> capsules = new ArrayList<>();
    double heapBefore = platform.figures().heapKib();
    int threadsBefore = platform.figures().threads();
    System.out.printf("  %5d capsules: heap %8.0f KiB, %4d threads%n", 0, heapBefore, threadsBefore);
    for (int n : new int[] {10, 100, 1000}) {
      while (capsules.size() < n) {
        capsules.add(small(api));
      }
      double heap = platform.figures().heapKib();
      int threads = platform.figures().threads();
      System.out.printf("  %5d capsules: heap %8.0f KiB (%7.1f each), %4d threads (%5.2f each)%n", n, heap, (heap - heapBefore) / n, threads,
          (threads - threadsBefore) / (double) n);
      if (n == 1000) {
        Bench.verdict("heap per capsule at 1000", (heap - heapBefore) / n, "≤", 50, "KiB");
        Bench.verdict("threads per capsule at 1000", (threads - threadsBefore) / (double) n, "≤", 0.1, "");
      }
    }
    for (String id : capsules) {
      api.destroy(id);
    }
  }

  static String small(Api api) throws Exception {
    JsonNode made = api.post("/v1/capsules", "{\"memory_mb\":128}").expect(201).json();
    if (!made.path("metadata").path("hypervisor").asText().equals("sim")) {
      throw new IllegalStateException("A real microVM was started instead of a simulated one: " + made);
    }
    return made.get("id").asText();
  }
}
