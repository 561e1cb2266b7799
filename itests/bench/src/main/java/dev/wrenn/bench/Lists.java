package dev.wrenn.bench;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The list of capsules, against servers that give the same bytes and know nothing: the platform's own server with the platform's threads, and
 * as it is by itself. Each is a JVM of its own with the same options; the client is the same.
 */
final class Lists {
  private static final int CAPSULES = 20;
  private static final int[] CLIENTS = {1, 8, 32};
  private static final int SECONDS = 3;
  private static final int ROUNDS = 3;
  private static final int WARM_CALLS = 100_000;
  private static final int WARM_WINDOWS = 20;
  private static final String OF_THE_PLATFORM = "virtual";

  private Lists() {}

  /** @param header goes with each request */
  private record Server(String name, ProcessHandle process, int port, String header) {}

  /** @param micros processor time of the server for each request */
  private record Rate(double perSecond, double micros) {
    Rate plus(Rate other) {
      return new Rate(perSecond + other.perSecond, micros + other.micros);
    }

    Rate over(double count) {
      return new Rate(perSecond / count, micros / count);
    }
  }

  static void measure(RunningPlatform platform) throws Exception {
    System.out.printf("%nList: GET /v1/capsules with an API key, %d simulated capsules, against a Jetty that answers every request with these bytes;%n"
        + "  kept bare sockets, windows of %d s in turns, %d of each after a warm-up%n", CAPSULES, SECONDS, ROUNDS);
    Api api = platform.api();
    List<String> capsules = new ArrayList<>();
    for (int i = 0; i < CAPSULES; i++) {
      capsules.add(Scale.small(api));
    }
    Path body = Files.createTempFile("wrenn-bench", ".json");
    Files.writeString(body, api.get("/v1/capsules").expect(200).text());
    Process likeOurs = plain(body, OF_THE_PLATFORM);
    Process byItself = plain(body);
    try {
      compare(new Server("platform", ProcessHandle.of(platform.jvm()).orElseThrow(), platform.base().getPort(), "X-API-Key: " + platform.apiKey()),
          new Server("plain Jetty on virtual threads", likeOurs.toHandle(), port(likeOurs), "X-Plain: 1"),
          new Server("plain Jetty", byItself.toHandle(), port(byItself), "X-Plain: 1"));
    } finally {
      for (Process process : List.of(likeOurs, byItself)) {
        process.destroy();
        process.waitFor();
      }
      Files.delete(body);
      for (String id : capsules) {
        api.destroy(id);
      }
    }
  }

  private static Process plain(Path body, String... threads) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xms128m", "-Xmx1g", "-cp",
        System.getProperty("java.class.path"), PlainServer.class.getName(), body.toString()));
    command.addAll(List.of(threads));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static int port(Process plain) throws IOException {
    return Integer.parseInt(plain.inputReader(StandardCharsets.UTF_8).readLine());
  }

  private static void compare(Server ours, Server likeOurs, Server byItself) throws Exception {
    List<Server> servers = List.of(ours, likeOurs, byItself);
    for (Server server : servers) {
      warm(server);
    }
    for (int clients : CLIENTS) {
      Map<Server, Rate> rates = new LinkedHashMap<>();
      for (int round = 0; round < ROUNDS; round++) {
        for (Server server : servers) {
          rates.merge(server, rate(server, clients), Rate::plus);
        }
      }
      rates.replaceAll((server, sum) -> sum.over(ROUNDS));
      rates.forEach((server, rate) -> System.out.printf("  %2d clients  %-32s %8.0f/s  %6.1f us of processor time of the server for each%n", clients, server.name,
          rate.perSecond, rate.micros));
      Bench.verdict(clients + " clients: platform / plain Jetty on the same threads", rates.get(ours).perSecond / rates.get(likeOurs).perSecond, "≥", 0.5, "");
      Bench.verdict(clients + " clients: platform / plain Jetty", rates.get(ours).perSecond / rates.get(byItself).perSecond, "≥", 0.5, "");
    }
  }

  /** Until its code is compiled: so many calls, and then until it gets no faster by much. */
  private static void warm(Server server) throws Exception {
    double calls = 0;
    double before = 0;
    double now = 0;
    for (int window = 0; window < WARM_WINDOWS && (calls < WARM_CALLS || now > before * 1.1); window++) {
      before = now;
      now = rate(server, 8).perSecond;
      calls += now * SECONDS;
    }
  }

  private static Rate rate(Server server, int clients) throws Exception {
    Duration before = server.process.info().totalCpuDuration().orElseThrow();
    long begin = System.nanoTime();
    long end = begin + SECONDS * 1_000_000_000L;
    long all = 0;
    try (var threads = Executors.newFixedThreadPool(clients)) {
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        running.add(threads.submit(() -> {
          long count = 0;
          try (Wire wire = new Wire("127.0.0.1", server.port, server.header)) {
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
    double seconds = (System.nanoTime() - begin) / 1e9;
    Duration used = server.process.info().totalCpuDuration().orElseThrow().minus(before);
    return new Rate(all / seconds, used.toNanos() / 1e3 / all);
  }
}
