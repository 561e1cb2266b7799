package dev.wrenn.linux;

import java.io.IOException;

/** A tool took longer than it was given and has been killed. */
public final class CommandTimeoutException extends IOException {
  private static final long serialVersionUID = 1L;

  public CommandTimeoutException(Command command) {
    super(command.tool() + " did not end within " + command.limit().toMillis() + " ms and was killed (command: " + command + ")");
  }
}
