package dev.wrenn.linux.internal;

import dev.wrenn.linux.Command;
import dev.wrenn.linux.CommandTimeoutException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of a command: threads move its streams, the caller's waits, and whatever ends the wait ends the tool. */
public final class CommandRun {
  private final Command command;
  private final Process process;
  private final long until;

  private CommandRun(Command command) throws IOException {
    this.command = command;
    ProcessBuilder builder = new ProcessBuilder(command.argv());
    builder.environment().put("LC_ALL", "C");
    builder.environment().merge("PATH", "/usr/local/sbin:/usr/sbin:/sbin", (path, system) -> path + ":" + system);
    builder.environment().putAll(command.environment());
    if (command.directory() != null) {
      builder.directory(command.directory().toFile());
    }
    this.until = System.nanoTime() + command.limit().toNanos();
    this.process = builder.start();
  }

  public static Command.Result of(Command command) throws IOException {
    return new CommandRun(command).finish();
  }

  private Command.Result finish() throws IOException {
    FutureTask<String> stdout = started(new FutureTask<>(() -> captured(process.getInputStream())));
    FutureTask<String> stderr = started(new FutureTask<>(() -> captured(process.getErrorStream())));
    started(new FutureTask<>(this::feed, null));
    try {
      if (!process.waitFor(remaining(), TimeUnit.NANOSECONDS)) {
        throw new CommandTimeoutException(command);
      }
      return new Command.Result(process.exitValue(), text(stdout), text(stderr));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while " + command.tool() + " ran; it was killed (command: " + command + ")");
    } finally {
      end();
    }
  }

  /** A grandchild may hold the pipe open after the tool has gone; the limit covers that wait too. */
  private String text(FutureTask<String> stream) throws IOException, InterruptedException {
    try {
      return stream.get(remaining(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new CommandTimeoutException(command);
    } catch (ExecutionException e) {
      throw new IOException("Output of " + command.tool() + " could not be read: " + e.getCause().getMessage(), e.getCause());
    }
  }

  private void feed() {
    try (OutputStream to = process.getOutputStream()) {
      to.write(command.input());
    } catch (IOException closed) {
      // A tool may end, or close its input, before it has read everything; its exit status tells whether that is a failure.
    }
  }

  private void end() {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private long remaining() {
    return Math.max(0, until - System.nanoTime());
  }

  private static String captured(InputStream from) throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      kept.write(buffer, 0, Math.min(n, Command.CAPTURE_BYTES - kept.size()));
    }
    return kept.toString(StandardCharsets.UTF_8);
  }

  private static <T> FutureTask<T> started(FutureTask<T> task) {
    // Reading a pipe of a process pins a virtual thread's carrier, and few carriers serve the whole JVM.
    Thread.ofPlatform().daemon().name("command-stream").start(task);
    return task;
  }
}
