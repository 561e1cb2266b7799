package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;

/**
 * A refusal or failure as clients see it.
 *
 * @param code the word of the catalogue that clients match on
 * @param message safe to show; says what to do
 * @param retryAfterSec when the same call may succeed; 0: it is not a matter of time
 */
public record Failure(int status, String code, String message, int retryAfterSec) {
  private static final int LONGEST_GUEST_MESSAGE = 300;

  public static Failure of(PlatformException.Code code, String message) {
    int retry = switch (code.status()) {
      case 429 -> 10;
      case 503 -> 2;
      default -> 0;
    };
    return new Failure(code.status(), code.wire(), message, retry);
  }

  public static Failure of(PlatformException e) {
    return of(e.code(), e.getMessage());
  }

  public static Failure of(GuestException e) {
    return of(platform(e));
  }

  /**
   * What the agent of a capsule said. Its words are passed on only where they are about the caller's own request: for the rest they may
   * speak of sockets and hosts.
   */
  static PlatformException platform(GuestException e) {
    return switch (e.code()) {
      case NOT_FOUND -> because(PlatformException.Code.NOT_FOUND, words(e), e);
      case INVALID, UNAUTHENTICATED -> because(PlatformException.Code.INVALID_REQUEST, words(e), e);
      case CONFLICT -> because(PlatformException.Code.CONFLICT, words(e), e);
      case FORBIDDEN -> because(PlatformException.Code.FORBIDDEN, words(e), e);
      case UNAVAILABLE -> because(PlatformException.Code.NO_HOSTS_AVAILABLE,
          "the capsule's agent can't be reached now: it is being paused or saved, or has ended; try again, and look at the capsule's status if that does not help", e);
      case NO_CAPACITY -> because(PlatformException.Code.AGENT_ERROR,
          "the capsule has no room left for this (disk, memory or processes); free some or use a larger capsule", e);
      case TIMEOUT -> because(PlatformException.Code.AGENT_ERROR, "the capsule's agent did not answer in time; try again", e);
      case AGENT -> because(PlatformException.Code.AGENT_ERROR, "the capsule's agent failed; the log has the cause under the request id", e);
    };
  }

  private static PlatformException because(PlatformException.Code code, String message, GuestException cause) {
    return new PlatformException(code, message, cause);
  }

  public static Failure unexpected() {
    return of(PlatformException.Code.INTERNAL_ERROR, "something went wrong on the server; the log has the cause under the request id");
  }

  private static String words(GuestException e) {
    String words = e.getMessage() == null ? "refused by the capsule's agent" : e.getMessage().replaceAll("\\p{Cntrl}+", " ");
    return words.length() > LONGEST_GUEST_MESSAGE ? words.substring(0, LONGEST_GUEST_MESSAGE) + "…" : words;
  }
}
