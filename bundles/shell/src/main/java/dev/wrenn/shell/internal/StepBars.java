package dev.wrenn.shell.internal;

import dev.wrenn.platform.Capsule.Step;
import java.util.List;
import java.util.Locale;

/** The steps of a creation, one line each, with bars in proportion. */
final class StepBars {
  private static final int WIDTH = 40;

  static List<String> of(List<Step> steps) {
    int name = steps.stream().mapToInt(step -> step.name().length()).max().orElse(0);
    double longest = steps.stream().mapToDouble(Step::millis).max().orElse(0);
    return steps.stream().map(step -> line(step, name, longest)).toList();
  }

  private static String line(Step step, int name, double longest) {
    int length = longest <= 0 ? 0 : (int) Math.ceil(step.millis() / longest * WIDTH);
    return String.format(Locale.ROOT, "  %-" + Math.max(1, name) + "s %9.1f ms %s", step.name(), step.millis(), "#".repeat(length)).stripTrailing();
  }

  private StepBars() {}
}
