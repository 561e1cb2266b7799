package dev.wrenn.bench;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How soon a capsule made from a template gives its first answer when its memory is delivered by pages and nothing of it is in the page cache:
 * with what a restore before had touched first delivered first, and on demand only. In turns.
 */
final class FirstAnswers {
  private static final int ROUNDS = 7;
  private static final int MEMORY_MB = 1024;
  /** Of that much noise the answer needs one page of each 64 KiB, in no order. */
  private static final int KEPT_MB = 384;
  /** The less it is, the more of the time is the guest's own work, which no prefetch makes shorter: so there is no goal for this. */
  private static final int LITTLE_KEPT_MB = 48;
  private static final Duration RECORDED = Duration.ofSeconds(60);
  private static final String TEMPLATE = "first";
  private static final String SERVER = """
      import os, random, socket
      kept = bytearray(os.urandom(1 << 20) * %d)
      places = list(range(0, len(kept), 65536))
      random.Random(1).shuffle(places)
      listener = socket.create_server(("0.0.0.0", 8000))
      while True:
          client = listener.accept()[0]
          client.recv(65536)
          body = b"%%d" %% sum(kept[place] for place in places)
          client.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %%d\\r\\n\\r\\n%%s" %% (len(body), body))
          client.close()
      """;

  private FirstAnswers() {}

  static void measure() throws Exception {
    System.out.printf("%nFirst answer: a create from a template of %d MB until its server has looked at a page of each 64 KiB of what it keeps, from a cold page cache%n",
        MEMORY_MB);
    try (RunningPlatform platform = RunningPlatform.start("wfirst", 222, Map.of("dev.wrenn.uffd.cfg", List.of("deliverAll = false"),
        "dev.wrenn.host.cfg", List.of("restoreMemory = paged", "warm = false", "hotSetSeconds = 8")))) {
      Bench.verdict("first answer: recorded / on demand (medians)", measure(platform, KEPT_MB), "≤", 0.50, "");
      System.out.printf("  %-58s %10.2f%n", "recorded / on demand, with little to deliver", measure(platform, LITTLE_KEPT_MB));
    }
  }

  /** @return time with what was touched before first / on demand only */
  private static double measure(RunningPlatform platform, int kept) throws Exception {
    Api api = platform.api();
    Path hot = record(platform, api, template(platform, api, kept));
    Path aside = hot.resolveSibling("aside");
    Sample first = new Sample("with what was touched before first");
    Sample demand = new Sample("on demand only");
    for (int round = 0; round < ROUNDS; round++) {
      first.add(answer(platform, api));
      Files.move(hot, aside);
      demand.add(answer(platform, api));
      Files.move(aside, hot);
    }
    api.delete("/v1/snapshots/" + TEMPLATE).expect(204);
    System.out.println("  it keeps " + kept + " MB");
    System.out.println(first);
    System.out.println(demand);
    return first.median() / demand.median();
  }

  private static String template(RunningPlatform platform, Api api, int kept) throws Exception {
    String id = api.post("/v1/capsules", "{\"memory_mb\":" + MEMORY_MB + "}").expect(201).json().get("id").asText();
    api.sh(id, "cat > /root/server.py <<'END'\n" + SERVER.formatted(kept) + "END");
    api.background(id, "exec python3 /root/server.py");
    Await.until("the server in the capsule", RECORDED, () -> asked(platform, id), status -> status == 200);
    api.post("/v1/snapshots", "{\"sandbox_id\":\"" + id + "\",\"name\":\"" + TEMPLATE + "\"}").expect(201);
    api.destroy(id);
    return TEMPLATE;
  }

  /** Through the port of the capsule, as anybody would. @return the status of the answer */
  private static int asked(RunningPlatform platform, String id) throws IOException {
    try (Socket socket = new Socket(platform.base().getHost(), platform.base().getPort())) {
      socket.setSoTimeout((int) RECORDED.toMillis());
      socket.getOutputStream().write(("GET / HTTP/1.1\r\nHost: 8000-" + id + ".localhost\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }
  }

  /** One restore that lives long enough for its first pages to be kept. */
  private static Path record(RunningPlatform platform, Api api, String template) throws Exception {
    String id = api.post("/v1/capsules", "{\"template\":\"" + template + "\"}").expect(201).json().get("id").asText();
    asked(platform, id);
    Path hot = Await.until("what the restore has touched", RECORDED, () -> hotSet(platform), file -> file != null);
    api.destroy(id);
    return hot;
  }

  private static Path hotSet(RunningPlatform platform) throws IOException {
    try (Stream<Path> files = Files.walk(platform.data().resolve("snapshots/snapshots"))) {
      return files.filter(file -> file.endsWith("hotset.bin")).findFirst().orElse(null);
    }
  }

  private static double answer(RunningPlatform platform, Api api) throws Exception {
    forget(platform.data().resolve("snapshots"));
    long begin = System.nanoTime();
    String id = api.post("/v1/capsules", "{\"template\":\"" + TEMPLATE + "\"}").expect(201).json().get("id").asText();
    if (asked(platform, id) != 200) {
      throw new IOException("the server of " + id + " did not answer");
    }
    double millis = (System.nanoTime() - begin) / 1e6;
    api.destroy(id);
    return millis;
  }

  /** Drops these files from the page cache, and nothing else. */
  private static void forget(Path directory) throws IOException, InterruptedException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Process dd = new ProcessBuilder("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none").inheritIO().start();
        if (dd.waitFor() != 0) {
          throw new IOException("dd could not drop " + file);
        }
      }
    }
  }
}
