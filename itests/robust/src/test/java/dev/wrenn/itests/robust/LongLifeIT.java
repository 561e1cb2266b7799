package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import dev.wrenn.itests.StepGate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Capsules that are paused and resumed again and again: nothing of their memory and disks changes, and nothing grows. The system
 * properties {@code wrenn.cycles} and {@code wrenn.capsules} make it longer.
 */
@ExtendWith(SharedPlatform.class)
@Timeout(7200)
class LongLifeIT {
  private static final int CYCLES = Integer.getInteger("wrenn.cycles", 6);
  private static final int CAPSULES = Integer.getInteger("wrenn.capsules", 2);
  private static final int LONGEST_CHAIN = 8;
  private static final long MIB = 1 << 20;

  private static RunningPlatform platform;
  private static Api api;

  @BeforeAll
  static void start(RunningPlatform shared) {
    platform = shared;
    api = platform.api();
  }

  private static Marked sized(int vcpus, int memoryMib) throws IOException, InterruptedException {
    return Marked.of(api, api.post("/v1/capsules", "{\"vcpus\":" + vcpus + ",\"memory_mb\":" + memoryMib + "}").expect(201).json().get("id").asText());
  }

  @Test
  void cyclesLoseNothingAndNothingGrows() throws Exception {
    List<Marked> capsules = Marked.create(api, CAPSULES);
    Growth first = null;
    for (int cycle = 1; cycle <= CYCLES; cycle++) {
      int[] layers = new int[CAPSULES];
      Marked.atOnce(CAPSULES, at -> {
        Marked capsule = capsules.get(at);
        // What changes from one to the next, in memory and on disk.
        capsule.in("head -c 1M /dev/urandom > /dev/shm/other; head -c 1M /dev/urandom > /root/other; sync");
        capsule.pause();
        layers[at] = SavedMemory.manifest(platform.data(), capsule.id()).at("/memory/layers").size();
        capsule.resume();
        capsule.check();
        return null;
      });
      Growth now = Growth.of(platform);
      System.out.printf("    cycle %d: %s, layers %s%n", cycle, now, java.util.Arrays.toString(layers));
      if (cycle == 3) {
        first = now;
      }
    }
    Growth last = Growth.of(platform);
    last.check(first, CYCLES);
    assertEquals(CAPSULES, platform.microVms().size());
  }

  /** What may grow by mistake. */
  private record Growth(long heapKib, int descriptors, int threads, long storedMib, long captures, int longestMap) {
    static Growth of(RunningPlatform platform) throws IOException, InterruptedException {
      Path data = platform.data();
      long stored = 0;
      long captures = 0;
      for (String file : platform.stored()) {
        // A flat image has holes, and is as long as the memory.
        stored += file.startsWith("snapshots/flat") ? 0 : size(data.resolve(file));
        captures += file.startsWith("host/captures") && !file.endsWith(".chain") ? 1 : 0;
      }
      int longest = 0;
      try (Stream<Path> maps = Files.list(data.resolve("snapshots/maps"))) {
        for (Path map : maps.toList()) {
          longest = Math.max(longest, java.nio.ByteBuffer.wrap(Files.readAllBytes(map)).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt(64));
        }
      }
      return new Growth((long) platform.figures().heapKib(), platform.figures().openFiles(), platform.figures().threads(), stored / MIB, captures, longest);
    }

    private static long size(Path file) {
      try {
        return Files.size(file);
      } catch (IOException removedMeanwhile) {
        return 0;
      }
    }

    void check(Growth before, int cycles) {
      if (before == null) {
        return;
      }
      String both = before + " -> " + this;
      assertTrue(heapKib <= before.heapKib + before.heapKib / 4 + 4096, "heap: " + both);
      assertTrue(descriptors <= before.descriptors + 24, "descriptors: " + both);
      assertTrue(threads <= before.threads + 24, "threads: " + both);
      assertTrue(captures <= CAPSULES * 9L, "captured disks: " + both);
      assertTrue(longestMap <= 2 * LONGEST_CHAIN, "layers of a map: " + both);
      assertTrue(storedMib <= before.storedMib + before.storedMib / 2 + CAPSULES * 64L, "stored: " + both);
    }
  }

  /** Pauses it, and compares what stood still with what was saved. */
  private static void pauseExactly(StepGate gate, Marked capsule, long memoryMib) throws Exception {
    gate.hold(capsule.id(), "after save");
    FutureTask<Api.Answer> pause = new FutureTask<>(() -> capsule.post("pause"));
    Thread.ofVirtual().start(pause);
    gate.awaitHeld(capsule.id(), "after save");
    long frozen = SavedMemory.ofProcess(platform.microVm(capsule.id()), memoryMib * MIB);
    gate.release(capsule.id(), "after save");
    pause.get().expect(200);
    assertEquals(frozen, SavedMemory.ofPaused(platform.data(), capsule.id()), "the memory of " + capsule.id());
  }

  @Test
  void allOfAMemoryIsSavedAndComesBack() throws Exception {
    Marked capsule = Marked.create(api);
    capsule.in("mount -o remount,size=80% /dev/shm; head -c 110M /dev/urandom > /dev/shm/most");
    try (StepGate gate = platform.gate()) {
      for (int cycle = 1; cycle <= Math.max(2, CYCLES / 3); cycle++) {
        String most = capsule.in("sha256sum /dev/shm/most");
        pauseExactly(gate, capsule, 256);
        capsule.resume();
        assertEquals(most, capsule.in("sha256sum /dev/shm/most"), "cycle " + cycle);
        capsule.check();
        // Freed in part, so that the next pause borrows it, and written anew where it was.
        capsule.in("rm /dev/shm/most; head -c " + (cycle % 2 == 0 ? 110 : 50) + "M /dev/urandom > /dev/shm/most");
      }
    }
  }

  @Test
  void guestsWithMoreProcessorsGoOnOnAllOfThem() throws Exception {
    try (StepGate gate = platform.gate()) {
      Marked.atOnce(2, at -> {
        goesOnWith(gate, 2 + 2 * at);
        return null;
      });
    }
  }

  private static void goesOnWith(StepGate gate, int vcpus) throws Exception {
    Marked capsule = sized(vcpus, 512);
    assertEquals(Integer.toString(vcpus), capsule.in("nproc"));
    capsule.in("cd /dev/shm; for cpu in $(seq 0 " + (vcpus - 1) + "); do echo 0 > at$cpu; (setsid taskset -c $cpu sh -c \"i=0; while :; do i=\\$((i+1));"
        + " echo \\$i > n$cpu; mv n$cpu at$cpu; sleep 0.2; done\" > /dev/null 2>&1 < /dev/null &) ; done");
    for (int cycle = 0; cycle < 2; cycle++) {
      pauseExactly(gate, capsule, 512);
      capsule.resume();
      capsule.check();
      for (int cpu = 0; cpu < vcpus; cpu++) {
        String count = "cat /dev/shm/at" + cpu;
        String was = capsule.in(count);
        Await.until("processor " + cpu + " of " + vcpus + " to go on", Duration.ofSeconds(120), () -> capsule.in(count), now -> !now.equals(was));
      }
    }
  }

  /** Above 3 GiB the machine has a hole, and memory goes on behind it. */
  @Test
  void aLargeMemoryIsSavedOnBothSidesOfItsHole() throws Exception {
    large(64);
  }

  @Test
  @EnabledIfSystemProperty(named = "wrenn.large", matches = "true")
  void aLargeMemoryThatIsUsedIsSaved() throws Exception {
    large(1400);
  }

  private static void large(int mib) throws Exception {
    Marked capsule = sized(2, 4096);
    assertTrue(capsule.in("cat /proc/iomem").contains("100000000-"), "there is memory above 4 GiB");
    capsule.in("head -c " + mib + "M /dev/urandom > /dev/shm/much");
    String much = capsule.in("sha256sum /dev/shm/much");
    try (StepGate gate = platform.gate()) {
      for (int cycle = 0; cycle < 2; cycle++) {
        pauseExactly(gate, capsule, 4096);
        capsule.resume();
        assertEquals(much, capsule.in("sha256sum /dev/shm/much"));
        capsule.check();
      }
    }
  }

  @Test
  void copiesWriteToNothingThatIsShared() throws Exception {
    Marked capsule = Marked.create(api);
    capsule.in("head -c 60M /dev/urandom > /dev/shm/lent");
    api.post("/v1/snapshots", "{\"sandbox_id\":\"" + capsule.id() + "\",\"name\":\"shared\"}").expect(201);
    List<Marked> copies = Marked.atOnce(2, at -> capsule.as(api.post("/v1/capsules", "{\"template\":\"shared\"}").expect(201).json().get("id").asText()));
    Map<String, String> before = shared();
    Marked.atOnce(2, at -> {
      Marked copy = copies.get(at);
      copy.check();
      // What is freed here is lent to the host at the pause, and written anew after it.
      copy.in("rm /dev/shm/lent; head -c 4M /dev/urandom > /root/own; sync");
      copy.pause();
      copy.resume();
      copy.in("head -c 60M /dev/urandom > /dev/shm/own; rm -f /root/own");
      copy.check();
      return null;
    });
    Map<String, String> after = shared();
    after.keySet().retainAll(before.keySet());
    // What nobody needs any more may have gone.
    before.keySet().retainAll(after.keySet());
    assertTrue(before.keySet().stream().anyMatch(file -> file.contains("/layers/")), before.keySet().toString());
    assertEquals(before, after);
    Marked late = capsule.as(api.post("/v1/capsules", "{\"template\":\"shared\"}").expect(201).json().get("id").asText());
    late.check();
    for (Marked copy : Stream.concat(copies.stream(), Stream.of(late)).toList()) {
      api.destroy(copy.id());
    }
    api.delete("/v1/snapshots/shared").expect(204);
  }

  /** Digests of all files that more than one capsule reads from: captured disks, layers, maps, flat images. Of base images, which are large, when they changed. */
  private static Map<String, String> shared() throws Exception {
    Map<String, String> digests = new TreeMap<>();
    for (String directory : List.of("snapshots/layers", "snapshots/maps", "snapshots/flat", "host/captures", "guest/images")) {
      try (Stream<Path> files = Files.walk(platform.data().resolve(directory).toRealPath())) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          digests.put(file.toString(), directory.equals("guest/images") ? Files.readAttributes(file, "unix:lastModifiedTime,ctime,size").toString() : digest(file));
        }
      }
    }
    return digests;
  }

  private static String digest(Path file) throws IOException, InterruptedException {
    Process sum = new ProcessBuilder("sha256sum", file.toString()).redirectErrorStream(true).start();
    String said = new String(sum.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    sum.waitFor();
    return said;
  }
}
