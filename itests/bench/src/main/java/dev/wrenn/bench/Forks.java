package dev.wrenn.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Eight copies of a capsule that runs, against eight boots one after the other; and what memory the eight take. */
final class Forks {
  private static final int COPIES = 8;
  private static final int ROUNDS = 3;
  private static final int MEMORY_MB = 256;

  private Forks() {}

  static void measure() throws Exception {
    System.out.printf("%nFork: %d copies of a running capsule by one call, against %d creates that boot, and memory of both (PSS: what is shared counts in parts)%n", COPIES, COPIES);
    try (RunningPlatform platform = RunningPlatform.start("wfork", 220, "warm = false")) {
      Api api = platform.api();
      Sample boots = new Sample(COPIES + " boots");
      Sample forks = new Sample("fork of " + COPIES);
      Sample steps = new Sample("  longest restore of a copy");
      double bootedPss = 0;
      double copiedPss = 0;
      for (int round = -1; round < ROUNDS; round++) {
        List<String> ids = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < COPIES; i++) {
          ids.add(api.post("/v1/capsules", "{\"memory_mb\":" + MEMORY_MB + "}").expect(201).json().get("id").asText());
        }
        double bootMillis = (System.nanoTime() - begin) / 1e6;
        bootedPss = pssMib(platform.microVms());
        String original = ids.getFirst();
        for (String id : ids.subList(1, COPIES)) {
          api.destroy(id);
        }
        List<Long> before = platform.microVms();
        begin = System.nanoTime();
        JsonNode copies = api.post("/v1/capsules/" + original + "/fork", "{\"count\":" + COPIES + "}").expect(201).json();
        double forkMillis = (System.nanoTime() - begin) / 1e6;
        List<Long> clones = new ArrayList<>(platform.microVms());
        clones.removeAll(before);
        copiedPss = pssMib(clones);
        if (round >= 0) {
          boots.add(bootMillis);
          forks.add(forkMillis);
        }
        for (String id : api.capsules()) {
          if (round >= 0 && !id.equals(original)) {
            api.capsule(id).path("steps").forEach(step -> {
              if (step.get("name").asText().equals("restore")) {
                steps.add(step.get("ms").asDouble());
              }
            });
          }
          api.destroy(id);
        }
        if (clones.size() != COPIES) {
          System.out.println("  only " + clones.size() + " copies run: " + copies);
        }
      }
      System.out.println(boots);
      System.out.println(forks);
      System.out.println(steps);
      System.out.printf("  PSS of %d that booted %.0f MiB, of %d copies %.0f MiB%n", COPIES, bootedPss, COPIES, copiedPss);
      Bench.verdict("fork of 8 / 8 boots (medians)", forks.median() / boots.median(), "≤", 0.05, "");
      Bench.verdict("PSS of 8 copies / of 8 boots", copiedPss / bootedPss, "≤", 0.5, "");
    }
  }

  /** Of all those processes. */
  static double pssMib(List<Long> pids) throws IOException {
    long kib = 0;
    for (long pid : pids) {
      kib += Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup")).stream().filter(line -> line.startsWith("Pss:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }
    return kib / 1024.0;
  }
}
