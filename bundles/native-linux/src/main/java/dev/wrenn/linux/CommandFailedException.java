package dev.wrenn.linux;

import java.io.IOException;

/** A tool ended with a status other than 0. The message names the tool, its arguments, the status and its own words. */
public final class CommandFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int exit;
  private final String words;

  CommandFailedException(Command command, Command.Result result) {
    super(command.tool() + " failed with status " + result.exit() + ": "
        + (result.words().isEmpty() ? "it said nothing" : result.words()) + " (command: " + command + ")");
    this.exit = result.exit();
    this.words = result.words();
  }

  public int exit() {
    return exit;
  }

  /** What the tool itself said, on one line; may be empty. */
  public String words() {
    return words;
  }
}
