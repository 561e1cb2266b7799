package dev.wrenn.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Measures the platform against the raw operation, both in the same run and in turns, since machines are noisy. It prints figures
 * and ratios with the goal beside them, and judges nothing: the exit code tells only whether the measurements could be made.
 */
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    List<String> wanted = arguments.length == 0 ? List.of("create", "exec", "files", "pty", "list", "scale", "fleet", "restore", "fork", "pause", "first", "pages") : List.of(arguments);
    System.out.printf("Machine: %d processors, %s, Java %s, load %s%n", Runtime.getRuntime().availableProcessors(), System.getProperty("os.version"),
        System.getProperty("java.version"), Files.readString(Path.of("/proc/loadavg")).strip());
    if (wanted.stream().anyMatch(Capsules.NAMES::contains)) {
      Capsules.measure(wanted);
    }
    if (wanted.contains("list") || wanted.contains("scale")) {
      Scale.measure(wanted.contains("list"), wanted.contains("scale"));
    }
    if (wanted.contains("fleet")) {
      Fleet.measure();
    }
    if (wanted.contains("restore")) {
      Restores.measure();
    }
    if (wanted.contains("fork")) {
      Forks.measure();
    }
    if (wanted.contains("first")) {
      FirstAnswers.measure();
    }
    if (wanted.contains("pages")) {
      Pages.measure();
    }
    if (wanted.contains("pause")) {
      Pauses.measure();
    }
  }

  static void verdict(String what, double value, String relation, double goal, String unit) {
    boolean met = relation.equals("≤") ? value <= goal : value >= goal;
    System.out.printf("  %-58s %10.2f %-4s goal %s %.2f  %s%n", what, value, unit, relation, goal, met ? "met" : "MISSED");
  }
}
