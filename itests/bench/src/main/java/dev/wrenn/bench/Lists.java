package dev.wrenn.bench;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The list of capsules, against a server that gives the same bytes and knows nothing. */
final class Lists {
  private static final int CAPSULES = 20;
  private static final int CLIENTS = 8;
  private static final int SECONDS = 4;
  private static final int ROUNDS = 3;

  private Lists() {}

  static void measure(RunningPlatform platform) throws Exception {
    System.out.printf("%nList: GET /v1/capsules with an API key, %d simulated capsules, against a Jetty in a JVM of its own that answers every request with these bytes;%n"
        + "  %d clients on kept bare sockets, windows of %d s in turns, %d of each after a warm-up%n", CAPSULES, CLIENTS, SECONDS, ROUNDS);
    Api api = platform.api();
    List<String> capsules = new ArrayList<>();
    for (int i = 0; i < CAPSULES; i++) {
      capsules.add(Scale.small(api));
    }
    Path body = Files.createTempFile("wrenn-bench", ".json");
    Files.writeString(body, api.get("/v1/capsules").expect(200).text());
    Process plain = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx1g", "-cp", System.getProperty("java.class.path"),
        PlainServer.class.getName(), body.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader told = new BufferedReader(new InputStreamReader(plain.getInputStream(), StandardCharsets.UTF_8))) {
      int port = Integer.parseInt(told.readLine());
      String key = "X-API-Key: " + platform.apiKey();
      double ours = 0;
      double theirs = 0;
      for (int round = -1; round < ROUNDS; round++) {
        double a = rate(platform.base().getPort(), key);
        double b = rate(port, key);
        if (round >= 0) {
          ours += a / ROUNDS;
          theirs += b / ROUNDS;
        }
      }
      System.out.printf("  %d bytes each: platform %.0f/s, plain Jetty %.0f/s%n", Files.size(body), ours, theirs);
      Bench.verdict("list, platform / plain Jetty (mean rates)", ours / theirs, "≥", 0.5, "");
    } finally {
      plain.destroy();
      plain.waitFor();
      Files.delete(body);
      for (String id : capsules) {
        api.destroy(id);
      }
    }
  }

  private static double rate(int port, String key) throws Exception {
    long begin = System.nanoTime();
    long end = begin + SECONDS * 1_000_000_000L;
    long all = 0;
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(clients.submit(() -> {
          long count = 0;
          try (Wire wire = new Wire("127.0.0.1", port, key)) {
            for (; System.nanoTime() < end; count++) {
              wire.get("/v1/capsules");
            }
          }
          return count;
        }));
      }
      for (Future<Long> client : running) {
        all += client.get();
      }
    }
    return all * 1e9 / (System.nanoTime() - begin);
  }
}
