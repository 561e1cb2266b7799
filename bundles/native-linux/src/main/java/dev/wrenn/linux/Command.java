package dev.wrenn.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One run of a command-line tool: its arguments, what it reads, how long it may take. No shell is involved. Immutable, and may be
 * run any number of times from any thread.
 *
 * <p>The tool runs with {@code LC_ALL=C} and with the system directories at the end of its {@code PATH}, so that administrators'
 * tools are found whoever runs the JVM. What it writes is kept up to {@value #CAPTURE_BYTES} bytes per stream; the rest is read
 * and dropped.
 *
 * @param argv the tool and its arguments
 * @param input what it finds on its standard input
 * @param limit the longest time that it may take; it is killed then
 * @param directory its working directory; null for the JVM's
 * @param environment variables that are set beyond the JVM's own
 */
public record Command(List<String> argv, byte[] input, Duration limit, Path directory, Map<String, String> environment) {
  /** Bytes that are kept of each output stream. */
  public static final int CAPTURE_BYTES = 1 << 20;

  private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(30);

  public Command {
    argv = List.copyOf(argv);
    input = input.clone();
    environment = java.util.Collections.unmodifiableMap(new TreeMap<>(environment));
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("a command needs at least the name of its tool");
    }
  }

  public static Command of(String... argv) {
    return of(List.of(argv));
  }

  public static Command of(List<String> argv) {
    return new Command(argv, new byte[0], DEFAULT_LIMIT, null, Map.of());
  }

  /** The same command, killed after that time. Without this the limit is 30 seconds. */
  public Command within(Duration longest) {
    return new Command(argv, input, longest, directory, environment);
  }

  /** The same command, reading those bytes. */
  public Command reading(byte[] bytes) {
    return new Command(argv, bytes, limit, directory, environment);
  }

  /** The same command, reading that text as UTF-8. */
  public Command reading(String text) {
    return reading(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  public Command in(Path workingDirectory) {
    return new Command(argv, input, limit, workingDirectory, environment);
  }

  public Command with(String name, String value) {
    Map<String, String> more = new TreeMap<>(environment);
    more.put(name, value);
    return new Command(argv, input, limit, directory, more);
  }

  /**
   * Runs it and wants success. Blocks until the tool has ended.
   *
   * @throws CommandFailedException when it ends with another status than 0
   * @throws CommandTimeoutException when the limit passed; the tool and its children have been killed
   * @throws java.io.InterruptedIOException when this thread was interrupted, whose flag stays set; the tool has been killed
   * @throws IOException when it could not be started
   */
  public Result run() throws IOException {
    Result result = attempt();
    if (result.exit() != 0) {
      throw new CommandFailedException(this, result);
    }
    return result;
  }

  /** Like {@link #run}, but any exit status is a result: for tools that answer a question with it. */
  public Result attempt() throws IOException {
    return dev.wrenn.linux.internal.CommandRun.of(this);
  }

  /** Name of the tool without its directory. */
  public String tool() {
    return Path.of(argv.getFirst()).getFileName().toString();
  }

  @Override
  public String toString() {
    return String.join(" ", argv);
  }

  /**
   * How a tool ended.
   *
   * @param exit its status; 128 + n when signal n ended it
   * @param stdout what it wrote, as UTF-8, up to {@value Command#CAPTURE_BYTES} bytes
   * @param stderr what it complained of, likewise
   */
  public record Result(int exit, String stdout, String stderr) {
    /** What the tool said of itself: stderr, or stdout when that is empty; on one line, at most 500 characters. */
    public String words() {
      String said = (stderr.isBlank() ? stdout : stderr).strip().replaceAll("\\s*\\R\\s*", "; ");
      return said.length() <= 500 ? said : said.substring(0, 500) + "…";
    }
  }
}
