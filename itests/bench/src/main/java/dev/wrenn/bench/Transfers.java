package dev.wrenn.bench;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** A large file up and down through REST, against the same bytes to and from an agent, by the same client. */
final class Transfers {
  private static final long MIB = Long.getLong("wrenn.mib", 256);
  private static final int ROUNDS = 3;
  private static final String PATH = "/root/bench";

  private Transfers() {}

  static void measure(RunningPlatform platform, RawVm raw) throws Exception {
    System.out.printf("%nFiles: %d MiB through REST (PUT and GET files/raw) against the same to an agent, both on a bare socket, in turns, %d rounds after one%n", MIB, ROUNDS);
    Api api = platform.api();
    raw.prepare();
    raw.boot();
    String id = api.create();
    String rest = "/v1/capsules/" + id + "/files/raw?path=" + PATH;
    Sample restUp = new Sample("up through REST");
    Sample rawUp = new Sample("up to the agent");
    Sample restDown = new Sample("down through REST");
    Sample rawDown = new Sample("down from the agent");
    double live = platform.figures().heapKib() / 1024;
    platform.figures().forgetPeak();
    double peak;
    try (HeapWatch heap = new HeapWatch(platform); Wire agent = new Wire(RawVm.address(), Agent.PORT, "X-Access-Token: " + Agent.TOKEN);
        Wire ours = new Wire(platform.base().getHost(), platform.base().getPort(), "X-API-Key: " + platform.apiKey())) {
      for (int round = -1; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        timed(rawUp, counts, () -> agent.upload("POST", "/files?username=root&path=" + PATH, MIB << 20));
        timed(restUp, counts, () -> ours.upload("PUT", rest, MIB << 20));
        timed(rawDown, counts, () -> whole(agent.get("/files?username=root&path=" + PATH)));
        timed(restDown, counts, () -> whole(ours.get(rest)));
      }
      peak = heap.peakMib();
    }
    double resident = platform.figures().peakResidentMib();
    for (Sample sample : new Sample[] {restUp, rawUp, restDown, rawDown}) {
      System.out.printf("%s  %8.1f MiB/s%n", sample, MIB * 1000 / sample.median());
    }
    System.out.printf("  heap of the platform: live before %.1f MiB, after %.1f MiB; most in use meanwhile, with garbage, %.1f MiB; most resident memory %.1f MiB%n", live,
        platform.figures().heapKib() / 1024, peak, resident);
    Bench.verdict("throughput up, REST / agent (medians)", rawUp.median() / restUp.median(), "≥", 0.8, "");
    Bench.verdict("throughput down, REST / agent (medians)", rawDown.median() / restDown.median(), "≥", 0.8, "");
    api.destroy(id);
    raw.kill();
  }

  private static void timed(Sample sample, boolean counts, Sample.Work work) throws Exception {
    if (counts) {
      sample.time(work);
    } else {
      work.run();
    }
  }

  private static void whole(long bytes) {
    if (bytes != MIB << 20) {
      throw new IllegalStateException(bytes + " bytes came instead of " + (MIB << 20));
    }
  }

  /** Asks the platform for its heap all the time. */
  private static final class HeapWatch implements AutoCloseable {
    private static final String METRIC = "jvm_heap_used_bytes ";
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<Double> peak = new AtomicReference<>(0.0);
    private final Thread thread;

    HeapWatch(RunningPlatform platform) throws Exception {
      Api admin = platform.adminApi();
      thread = Thread.ofVirtual().start(() -> {
        while (!over.get()) {
          try {
            String line = admin.get("/metrics").expect(200).text().lines().filter(l -> l.startsWith(METRIC)).findFirst().orElseThrow();
            peak.accumulateAndGet(Double.parseDouble(line.substring(METRIC.length())) / (1 << 20), Math::max);
            Thread.sleep(50);
          } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException("the heap can't be asked for", e);
          }
        }
      });
    }

    double peakMib() {
      return peak.get();
    }

    @Override
    public void close() throws InterruptedException {
      over.set(true);
      thread.join();
    }
  }
}
