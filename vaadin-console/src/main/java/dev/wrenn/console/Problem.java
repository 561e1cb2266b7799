package dev.wrenn.console;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import org.slf4j.LoggerFactory;

/** Why something failed, in words for the person who asked for it. @param code the word that the API would answer with */
record Problem(String message, String code) {
  static Problem of(Exception error) {
    return switch (error) {
      case PlatformException refused -> new Problem(refused.getMessage(), refused.code().wire());
      case GuestException guest -> new Problem(guest(guest), guest.code().name().toLowerCase(java.util.Locale.ROOT));
      case IOException broken -> new Problem("The connection broke off: " + broken.getMessage() + ". Try again.", "broken");
      default -> {
        LoggerFactory.getLogger(Problem.class).warn("The console met an error that it can't explain", error);
        yield new Problem("The platform met an error that it did not expect; its log says more.", "internal_error");
      }
    };
  }

  private static String guest(GuestException error) {
    String next = switch (error.code()) {
      case NOT_FOUND -> " It may have been removed meanwhile: refresh.";
      case NO_CAPACITY -> " Make room in the capsule, or use the terminal.";
      case FORBIDDEN -> " The capsule's own permissions say so.";
      case UNAVAILABLE, TIMEOUT -> " Try again in a moment.";
      default -> "";
    };
    String message = error.getMessage();
    return (message.matches(".*[.!?]$") ? message : message + ".") + next;
  }
}
