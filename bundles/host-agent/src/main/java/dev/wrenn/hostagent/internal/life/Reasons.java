package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.process.GuestException;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.spi.DriverException;
import dev.wrenn.uffd.PageServerException;

/** Failures of drivers and agents in the host's own words. */
final class Reasons {
  private static final int DETAIL = 500;

  private Reasons() {}

  static HostException of(String step, String id, Throwable failure) {
    return switch (failure) {
      case HostException known -> known;
      case StepFailure inner -> of(inner.step(), id, inner.getCause());
      case DriverException driver -> of(step, id, driver);
      case GuestException guest -> new HostException(guest.code() == GuestException.Code.TIMEOUT ? Code.TIMEOUT : Code.FAILED, step,
          guest.getMessage(), guest);
      case SnapshotException saved -> of(step, id, saved);
      case PageServerException pages -> new HostException(Code.UNAVAILABLE, step, id + ": " + pages.getMessage(), pages);
      case InterruptedException broken -> new HostException(Code.UNAVAILABLE, step, "Step '" + step + "' of " + id + " was broken off", broken);
      default -> new HostException(Code.FAILED, step, "Step '" + step + "' of " + id + " failed unexpectedly: " + failure
          + " (see the log)", failure);
    };
  }

  private static HostException of(String step, String id, SnapshotException failure) {
    Code code = switch (failure.code()) {
      case NO_SPACE -> Code.NO_CAPACITY;
      case CONFLICT -> Code.CONFLICT;
      case TIMEOUT -> Code.TIMEOUT;
      case CORRUPT, UNSUPPORTED, NOT_FOUND, INVALID, IO -> Code.FAILED;
    };
    return new HostException(code, step, id + ": " + failure.getMessage(), failure);
  }

  private static HostException of(String step, String id, DriverException failure) {
    Code code = switch (failure.code()) {
      case NO_CAPACITY -> Code.NO_CAPACITY;
      case INVALID -> Code.INVALID;
      case CONFLICT -> Code.CONFLICT;
      case TIMEOUT -> Code.TIMEOUT;
      case UNSUPPORTED, GONE -> Code.FAILED;
      case IO -> failure.retryable() ? Code.UNAVAILABLE : Code.FAILED;
    };
    if (failure.getCause() instanceof SnapshotException saved && saved.code() == SnapshotException.Code.NO_SPACE) {
      code = Code.NO_CAPACITY;
    }
    String detail = failure.detail().strip();
    String words = detail.isEmpty() || says(failure, detail) ? "" : " (" + cut(detail) + ")";
    return new HostException(code, step, id + ": " + failure.getMessage() + words, failure);
  }

  /** Whether the message has it already, or the words of the cause, of which it is the detail. */
  private static boolean says(DriverException failure, String detail) {
    Throwable cause = failure.getCause();
    boolean ofCause = cause != null && cause.getMessage() != null && detail.equals(cause.toString().strip());
    return failure.getMessage().contains(ofCause ? cause.getMessage().strip() : detail);
  }

  private static String cut(String text) {
    return text.length() <= DETAIL ? text : "…" + text.substring(text.length() - DETAIL);
  }
}
