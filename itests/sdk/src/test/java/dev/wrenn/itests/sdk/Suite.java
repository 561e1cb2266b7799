package dev.wrenn.itests.sdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that check a platform through an SDK, and what they say: a line for each check, indented ones for the reason of a failure. */
final class Suite {
  private static final Duration LONGEST = Duration.ofMinutes(30);

  /** @param trouble empty when all was well */
  record Check(String name, String trouble) {}

  /** @param checks in their order @param exit of the program */
  record Report(List<Check> checks, int exit, Path output) {}

  private Suite() {}

  /** @param only what the program finds in its environment of names that begin with E2B_ */
  static Report run(List<String> command, Path directory, Map<String, String> only, Path output) throws IOException, InterruptedException {
    int exit = execute(command, directory, only, output);
    List<Check> checks = new ArrayList<>();
    for (String line : Files.readAllLines(output)) {
      if (line.startsWith("ok ")) {
        checks.add(new Check(line.substring(3), ""));
      } else if (line.startsWith("not ok ")) {
        checks.add(new Check(line.substring(7), "failed"));
      } else if (!checks.isEmpty() && line.startsWith("  ") && !checks.getLast().trouble().isEmpty()) {
        checks.add(new Check(checks.getLast().name(), checks.removeLast().trouble() + "\n" + line));
      }
    }
    return new Report(checks, exit, output);
  }

  /** Runs a preparation. @throws AssertionError with what it said when it failed */
  static void prepare(List<String> command, Path directory, Path output) throws IOException, InterruptedException {
    if (execute(command, directory, Map.of(), output) != 0) {
      throw new AssertionError(command + " failed: " + Files.readString(output));
    }
  }

  private static int execute(List<String> command, Path directory, Map<String, String> only, Path output) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("E2B_"));
    builder.environment().putAll(only);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(command + " had not ended after " + LONGEST + ": " + Files.readString(output));
      }
      return process.exitValue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
