package dev.wrenn.shell.internal;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.apache.karaf.shell.support.CommandException;

/** Errors as the shell shows them: one line, no stack trace; and none in the log, because the message says it all. */
final class Failure {
  private static final String PREFIX = "Error: ";

  static CommandException of(String message) {
    return of(message, null);
  }

  static CommandException because(Exception cause) {
    return of(switch (cause) {
      case NoSuchFileException missing -> missing.getFile() + " is not there.";
      case FileAlreadyExistsException taken -> taken.getFile() + " is there and is no directory.";
      case AccessDeniedException denied -> denied.getFile() + ": the platform's user has no right to that.";
      case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
      default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }, cause);
  }

  private static CommandException of(String message, Exception cause) {
    String line = Listing.oneLine(message);
    return new CommandException(PREFIX + line, line, cause);
  }

  private Failure() {}
}
