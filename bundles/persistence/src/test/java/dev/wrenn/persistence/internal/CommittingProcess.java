package dev.wrenn.persistence.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A JVM of its own that commits in several threads and says each id only when its commit has returned; to be killed. */
final class CommittingProcess implements AutoCloseable {
  private static final int THREADS = 6;

  private final Process process;
  private final BufferedReader output;
  private final List<UUID> acknowledged = new ArrayList<>();

  private CommittingProcess(Process process) {
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** @param settings of the database beside the platform's, as {@code ;RETENTION_TIME=50} */
  static CommittingProcess start(Path directory, String settings) throws IOException {
    return new CommittingProcess(new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), CommittingProcess.class.getName(), directory.toString(), settings)
        .redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  public static void main(String[] args) throws Exception {
    PrintStream told = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Database database = TestDatabases.h2(Path.of(args[0]), args[1]);
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < THREADS; i++) {
        threads.submit(() -> {
          while (true) {
            told.println(StoreContract.team(database).id());
          }
        });
      }
    }
  }

  void awaitCommits(int count) throws IOException {
    while (acknowledged.size() < count) {
      String line = output.readLine();
      if (line == null) {
        throw new IOException("the process ended after " + acknowledged.size() + " commits");
      }
      acknowledged.add(UUID.fromString(line));
    }
  }

  /** As kill -9. @return all that it said before */
  List<UUID> kill() throws IOException, InterruptedException {
    // Not by the process itself, which would close the pipe and what is still in it.
    process.toHandle().destroyForcibly();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.length() == 36) {
        acknowledged.add(UUID.fromString(line));
      }
    }
    process.waitFor(10, TimeUnit.SECONDS);
    return List.copyOf(acknowledged);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }
}
