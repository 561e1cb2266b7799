package dev.wrenn.itests.robust;

import dev.wrenn.itests.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Somebody at a terminal: a program on a pseudo-terminal of this machine, what it shows, and keys for it. */
final class Typist implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Process program;
  private final StringBuilder shown = new StringBuilder();

  Typist(List<String> command) throws IOException {
    String line = "stty rows 33 cols 101; exec " + String.join(" ", command);
    ProcessBuilder builder = new ProcessBuilder("script", "-qec", line, "/dev/null").redirectErrorStream(true);
    builder.environment().put("TERM", "xterm");
    program = builder.start();
    Thread.ofVirtual().start(this::watch);
  }

  private void watch() {
    try (InputStream in = program.getInputStream()) {
      byte[] block = new byte[4096];
      for (int count = in.read(block); count >= 0; count = in.read(block)) {
        synchronized (shown) {
          shown.append(new String(block, 0, count, StandardCharsets.ISO_8859_1));
        }
      }
    } catch (IOException ended) {
      // What was shown until then counts.
    }
  }

  Typist type(String keys) throws IOException {
    program.getOutputStream().write(keys.getBytes(StandardCharsets.ISO_8859_1));
    program.getOutputStream().flush();
    return this;
  }

  /** Waits until that is shown, after what was waited for before. @return all that was shown up to it */
  String until(String text) {
    Await.until("'" + text + "' on the screen", PATIENCE, this::screen, screen -> screen.contains(text));
    synchronized (shown) {
      int end = shown.indexOf(text) + text.length();
      String seen = shown.substring(0, end);
      shown.delete(0, end);
      return seen;
    }
  }

  private String screen() {
    synchronized (shown) {
      return shown.toString();
    }
  }

  /** Waits for its end. */
  int status() throws InterruptedException {
    if (!program.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("it did not end; on the screen: " + screen());
    }
    return program.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    program.descendants().forEach(ProcessHandle::destroyForcibly);
    program.destroyForcibly().waitFor();
  }
}
