package dev.wrenn.uffd.internal;

import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Deadline;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Starts pagers, each in a directory of its own and in a session of its own: nothing of this JVM's end reaches them. */
final class PagerStarter {
  static final String LOG = "log";
  private static final String CLASSES = "classes";
  private static final String MAIN = "dev.wrenn.uffd.pager.PagerMain";
  private final Path root;
  private final PagerCode code;
  private final int heapMib;

  PagerStarter(Path root, PagerCode code, int heapMib) {
    this.root = root;
    this.code = code;
    this.heapMib = heapMib;
  }

  String build() {
    return code.build();
  }

  /** @return a pager that answers */
  Pager start(Deadline within) throws IOException {
    Path directory = directory();
    code.writeTo(directory.resolve(CLASSES));
    ProcessBuilder builder = new ProcessBuilder(List.of("setsid", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xms8m", "-Xmx" + heapMib + "m", "-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=24m", "-XX:-UsePerfData",
        "--enable-native-access=ALL-UNNAMED", "-cp", directory.resolve(CLASSES).toString(), MAIN, directory.toString(), code.build()))
        .directory(directory.toFile())
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .redirectError(ProcessBuilder.Redirect.to(directory.resolve(LOG).toFile()));
    // What was meant for this JVM is not meant for that one.
    builder.environment().keySet().removeIf(name -> name.equals("JAVA_TOOL_OPTIONS") || name.equals("JDK_JAVA_OPTIONS") || name.startsWith("KARAF"));
    Process process = builder.start();
    boolean ready = false;
    try {
      String word = firstLine(process).get(Math.max(1, within.remaining().toMillis()), TimeUnit.MILLISECONDS);
      if (!"ready".equals(word)) {
        throw new IOException("A page server can't run here: " + (word == null ? "it ended" : word) + words(directory));
      }
      ProcessId id = ProcessId.of(process.pid()).orElseThrow(() -> new IOException("The page server has ended" + words(directory)));
      ready = true;
      return new Pager(directory, id, code.build());
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException("The page server could not be started: " + e + words(directory), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("The start of the page server was broken off", e);
    } finally {
      if (!ready) {
        process.destroyForcibly();
        Marks.tidy(directory);
      }
    }
  }

  private static CompletableFuture<String> firstLine(Process process) {
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread.ofVirtual().name("pager-ready").start(() -> {
      try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        line.complete(in.readLine());
      } catch (IOException e) {
        line.completeExceptionally(e);
      }
    });
    return line;
  }

  private static String words(Path directory) {
    return new Pager(directory, new ProcessId(0, 0), "").lastWords();
  }

  /** The next free name; short, for sockets lie there. */
  private Path directory() throws IOException {
    for (int number = 1; ; number++) {
      Path directory = root.resolve(Integer.toString(number));
      if (!Files.exists(directory)) {
        return Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    }
  }
}
