package dev.wrenn.shell.internal;

import org.apache.karaf.shell.support.CommandException;

/** Errors as the shell shows them: one line, no stack trace; and none in the log, because the message says it all. */
final class Failure {
  private static final String PREFIX = "Error: ";

  static CommandException of(String message) {
    return of(message, null);
  }

  static CommandException because(Exception cause) {
    return of(cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(), cause);
  }

  private static CommandException of(String message, Exception cause) {
    String line = Listing.oneLine(message);
    return new CommandException(PREFIX + line, line, cause);
  }

  private Failure() {}
}
