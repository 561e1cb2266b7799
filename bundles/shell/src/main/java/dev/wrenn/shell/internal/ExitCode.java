package dev.wrenn.shell.internal;

/** How a shell in a capsule ended, as the result of the command; Karaf shows it by its text. */
public record ExitCode(int code) {
  @Override
  public String toString() {
    return "exit code " + code;
  }
}
