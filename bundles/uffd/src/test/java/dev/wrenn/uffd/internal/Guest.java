package dev.wrenn.uffd.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process whose memory is delivered, from the outside. */
final class Guest implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;
  private final Process process;
  private final BufferedReader answers;
  private final PrintStream orders;

  Guest(Path socket, long bytes, long seed) throws Exception {
    process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), GuestProcess.class.getName(), socket.toString(),
        Long.toString(bytes), Long.toString(seed)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    if (!"ready".equals(answer().get(PATIENCE_SECONDS, TimeUnit.SECONDS))) {
      throw new IOException("the guest is not ready");
    }
  }

  /** Orders something and waits for its answer. */
  String ask(String order) throws Exception {
    return begin(order).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Orders something. */
  CompletableFuture<String> begin(String order) {
    orders.println(order);
    return answer();
  }

  private CompletableFuture<String> answer() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> {
      try {
        answer.complete(answers.readLine());
      } catch (IOException e) {
        answer.completeExceptionally(e);
      }
    });
    return answer;
  }

  long pid() {
    return process.pid();
  }

  /** As a crash does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
