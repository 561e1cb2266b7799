package dev.wrenn.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Create against the raw hypervisor, and exec through REST against the raw agent. */
final class Capsules {
  private static final int CREATES = 15;
  private static final int EXECS = 300;
  private static final int CALLS = 1000;
  private static final int CALLERS = 8;
  private static final byte[] TRUE = "{\"cmd\":\"/bin/true\"}".getBytes(StandardCharsets.US_ASCII);
  /** Nothing is kept booted: the raw side boots, too. What a create takes that goes on from a booted guest is in {@link Restores}. */
  private static final String BOOTS = "warm = false";
  static final List<String> NAMES = List.of("create", "exec", "files", "pty");

  private Capsules() {}

  static void measure(List<String> wanted) throws Exception {
    try (RunningPlatform platform = RunningPlatform.start("wbench", 216, BOOTS); RawVm raw = new RawVm(Path.of(System.getProperty("wrenn.work"), "raw"))) {
      Api api = platform.api();
      if (wanted.contains("create")) {
        create(api, raw);
      }
      if (wanted.contains("exec")) {
        exec(platform, raw);
        together(platform);
      }
      if (wanted.contains("files")) {
        Transfers.measure(platform, raw);
      }
      if (wanted.contains("pty")) {
        Terminals.measure(platform, raw);
      }
    }
  }

  private static void create(Api api, RawVm raw) throws Exception {
    System.out.println("\nCreate: POST /v1/capsules to its answer (the agent is ready), against QEMU alone from exec to the agent's first answer");
    Sample ours = new Sample("platform create");
    Sample theirs = new Sample("raw QEMU start");
    Sample destroy = new Sample("platform destroy");
    Map<String, Sample> steps = new LinkedHashMap<>();
    for (int round = -2; round < CREATES; round++) {
      raw.prepare();
      long start = System.nanoTime();
      raw.boot();
      double rawMillis = (System.nanoTime() - start) / 1e6;
      raw.kill();
      start = System.nanoTime();
      String id = api.create();
      double ourMillis = (System.nanoTime() - start) / 1e6;
      JsonNode capsule = api.capsule(id);
      start = System.nanoTime();
      api.destroy(id);
      if (round < 0) {
        continue;
      }
      destroy.add((System.nanoTime() - start) / 1e6);
      theirs.add(rawMillis);
      ours.add(ourMillis);
      capsule.path("steps").forEach(s -> steps.computeIfAbsent("  step " + s.get("name").asText(), Sample::new).add(s.get("ms").asDouble()));
    }
    System.out.println(ours);
    steps.values().forEach(System.out::println);
    System.out.println(theirs);
    System.out.println(destroy);
    Bench.verdict("create / raw start (medians)", ours.median() / theirs.median(), "≤", 1.10, "");
  }

  private static Wire rest(RunningPlatform platform) throws IOException {
    return new Wire(platform.base().getHost(), platform.base().getPort(), "X-API-Key: " + platform.apiKey());
  }

  private static void exec(RunningPlatform platform, RawVm raw) throws Exception {
    System.out.println("\nExec: /bin/true through REST (foreground), against the same call to an agent, both on bare sockets, in turns");
    Api api = platform.api();
    raw.prepare();
    raw.boot();
    String id = api.create();
    Sample ours = new Sample("REST exec true");
    Sample theirs = new Sample("raw agent call");
    try (Agent agent = new Agent(RawVm.address()); Wire rest = rest(platform)) {
      for (int round = -50; round < EXECS; round++) {
        long start = System.nanoTime();
        agent.execTrue();
        double rawMillis = (System.nanoTime() - start) / 1e6;
        start = System.nanoTime();
        rest.post("/v1/capsules/" + id + "/exec", TRUE);
        if (round >= 0) {
          ours.add((System.nanoTime() - start) / 1e6);
          theirs.add(rawMillis);
        }
      }
    }
    api.destroy(id);
    raw.kill();
    System.out.printf("%s  p99 %8.2f ms%n%s  p99 %8.2f ms%n", ours, ours.quantile(0.99), theirs, theirs.quantile(0.99));
    Bench.verdict("REST exec / raw agent call (medians)", ours.median() / theirs.median(), "≤", 1.5, "");
    Bench.verdict("REST exec − raw agent call (medians)", ours.median() - theirs.median(), "≤", 5, "ms");
    Bench.verdict("REST exec − raw agent call (p99)", ours.quantile(0.99) - theirs.quantile(0.99), "≤", 5, "ms");
  }

  private static void together(RunningPlatform platform) throws Exception {
    System.out.printf("%nExec together: /bin/true through REST in one capsule, %d calls, %d at once%n", CALLS, CALLERS);
    Api api = platform.api();
    String id = api.create();
    Sample calls = new Sample("REST exec true, " + CALLERS + " at once");
    try (var callers = Executors.newFixedThreadPool(CALLERS)) {
      List<Future<List<Double>>> running = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        running.add(callers.submit(() -> share(platform, id)));
      }
      for (Future<List<Double>> caller : running) {
        caller.get().forEach(calls::add);
      }
    }
    System.out.printf("%s  p99 %8.2f ms%n", calls, calls.quantile(0.99));
    api.destroy(id);
  }

  private static List<Double> share(RunningPlatform platform, String id) throws IOException {
    List<Double> millis = new ArrayList<>();
    try (Wire rest = rest(platform)) {
      for (int i = 0; i < CALLS / CALLERS; i++) {
        long start = System.nanoTime();
        rest.post("/v1/capsules/" + id + "/exec", TRUE);
        millis.add((System.nanoTime() - start) / 1e6);
      }
    }
    return millis;
  }
}
