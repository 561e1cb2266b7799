package dev.wrenn.shell.internal;

import org.apache.karaf.shell.support.CommandException;

/** Errors as the shell shows them: one line, no stack trace; and none in the log, because the message says it all. */
final class Failure {
  private static final String PREFIX = "Error: ";

  static CommandException of(String message) {
    return new CommandException(PREFIX + message, message);
  }

  static CommandException because(Exception cause) {
    String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    String line = message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse(message);
    return new CommandException(PREFIX + line, line, cause);
  }

  private Failure() {}
}
