package dev.wrenn.hostagent.internal.life;

/** What went wrong, and in which step. */
final class StepFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final String step;

  StepFailure(String step, Throwable cause) {
    super("step '" + step + "' failed", cause);
    this.step = step;
  }

  String step() {
    return step;
  }
}
