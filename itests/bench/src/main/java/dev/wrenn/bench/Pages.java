package dev.wrenn.bench;

import dev.wrenn.snapshot.Changes;
import dev.wrenn.uffd.pager.Frame;
import dev.wrenn.uffd.pager.PagerMain;
import dev.wrenn.uffd.pager.StoredMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Pages a second that one thread gets which touches them in order: from the pager, and from a handler in C that does no more than what it takes.
 * The same process touches, in turns. Needs root and gcc.
 */
final class Pages {
  private static final int PAGES = 32_768;
  private static final int PAGE = 4096;
  private static final int ROUNDS = 7;

  private Pages() {}

  static void measure() throws Exception {
    Path work = Files.createTempDirectory("wrenn-pages-");
    Process pager = null;
    try {
      compile(work, "toucher");
      compile(work, "handler");
      Path map = store(work);
      Path home = Files.createDirectory(work.resolve("p"));
      pager = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms8m", "-Xmx128m", "-XX:+UseSerialGC",
          "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), PagerMain.class.getName(), home.toString(), "bench")
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
      line(pager);
      System.out.println("Pages, delivered in order to one thread:");
      compare(work, map, home, 4, 0.8, pager.pid());
      compare(work, map, home, 64, 0.95, pager.pid());
    } finally {
      if (pager != null) {
        pager.destroyForcibly().waitFor();
      }
      try (Stream<Path> files = Files.walk(work)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void compare(Path work, Path map, Path home, int kib, double goal, long pager) throws Exception {
    List<double[]> plain = new ArrayList<>();
    List<double[]> ours = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      plain.add(plain(work, kib));
      ours.add(ours(work, map, home, kib, round, pager));
    }
    System.out.printf("  %d KiB a fault: processor time for each, C %.1f us, pager %.1f us%n", kib, median(cpu(plain)), median(cpu(ours)));
    for (int half = 0; half < 2; half++) {
      int at = half;
      double c = median(plain.stream().mapToDouble(each -> each[at]).sorted().toArray());
      double java = median(ours.stream().mapToDouble(each -> each[at]).sorted().toArray());
      System.out.printf("  %d KiB a fault, %s half: C %.0f pages/s, pager %.0f%n", kib, half == 0 ? "first" : "second", c, java);
      Bench.verdict("pager / C at " + kib + " KiB a fault, " + (half == 0 ? "first" : "second") + " half", java / c, "≥", goal, "");
    }
  }

  private static double[] cpu(List<double[]> rounds) {
    return rounds.stream().mapToDouble(each -> each[2]).sorted().toArray();
  }

  private static double median(double[] sorted) {
    return sorted[sorted.length / 2];
  }

  private static double[] plain(Path work, int kib) throws Exception {
    Process handler = new ProcessBuilder(work.resolve("handler").toString(), work.resolve("c").toString(), work.resolve("flat").toString(),
        Integer.toString(kib << 10)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      line(handler);
      return touched(work, work.resolve("c"), kib, () -> ran(handler.pid(), ""));
    } finally {
      handler.destroyForcibly().waitFor();
    }
  }

  private static double[] ours(Path work, Path map, Path home, int kib, int round, long pager) throws Exception {
    String name = "bench-" + kib + "." + (round + 1);
    Path socket = home.resolve("s" + kib + "-" + round);
    ask(home, Frame.of("open").with(Frame.CAPSULE, name).with("map", map).with("layers", work).with("socket", socket).with("around", kib / 4)
        .with("accept", 60_000).with("rest", false));
    try {
      return touched(work, socket, kib, () -> ran(pager, "pages-bench"));
    } finally {
      ask(home, Frame.of("close").with(Frame.CAPSULE, name));
    }
  }

  private interface Look {
    double nanos() throws IOException;
  }

  /** Processor time that the threads with that name have used, in ns. */
  private static double ran(long process, String name) throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process), "task"))) {
      double all = 0;
      for (Path thread : threads.toList()) {
        try {
          if (Files.readString(thread.resolve("comm")).startsWith(name)) {
            all += Double.parseDouble(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
          }
        } catch (NoSuchFileException ended) {
          // Threads of a JVM come and go.
        }
      }
      return all;
    }
  }

  private static double[] touched(Path work, Path socket, int kib, Look used) throws Exception {
    Process toucher = new ProcessBuilder(work.resolve("toucher").toString(), socket.toString(), Long.toString((long) PAGES * PAGE))
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String[] words = line(toucher).split(" ");
    double each = used.nanos() / 1000 / (PAGES * 4 / kib);
    toucher.getOutputStream().close();
    toucher.waitFor();
    return new double[] {Double.parseDouble(words[0]), Double.parseDouble(words[1]), each};
  }

  private static String line(Process process) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = in.readLine();
    if (line == null) {
      throw new IOException(process + " ended without a word");
    }
    return line;
  }

  private static void ask(Path home, Frame request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(home.resolve(PagerMain.CONTROL)))) {
      request.write(Channels.newOutputStream(channel));
      Frame answer = Frame.read(Channels.newInputStream(channel));
      if (!answer.text(Frame.ERROR).isEmpty()) {
        throw new IOException(answer.text(Frame.ERROR));
      }
    }
  }

  private static void compile(Path work, String name) throws Exception {
    Path source = work.resolve(name + ".c");
    try (InputStream in = Pages.class.getResourceAsStream(name + ".c")) {
      Files.copy(in, source);
    }
    Process compiler = new ProcessBuilder("gcc", "-O2", "-o", work.resolve(name).toString(), source.toString()).inheritIO().start();
    if (compiler.waitFor() != 0) {
      throw new IOException("gcc could not make " + name);
    }
  }

  /** One layer with all pages, the map over it, and the same as a flat file. */
  private static Path store(Path work) throws IOException {
    ByteBuffer content = ByteBuffer.allocateDirect(PAGES * PAGE).order(ByteOrder.LITTLE_ENDIAN);
    for (int page = 0; page < PAGES; page++) {
      content.putLong(page * PAGE, page + 1L);
    }
    StoredMemory.write(work.resolve("flat"), content.duplicate().clear());
    Changes changes = new Changes();
    changes.stored(0, PAGES, 0);
    return StoredMemory.write(work, (long) PAGES * PAGE, content, changes);
  }
}
