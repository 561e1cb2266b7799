package dev.wrenn.e2b.internal;

import dev.wrenn.platform.PlatformException;
import jakarta.ws.rs.WebApplicationException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A refusal or failure as E2B's clients see it; several of their methods look at the number in the body.
 *
 * @param retryAfterSec when the same call may succeed; 0: it is not a matter of time
 */
record Failure(int status, String message, int retryAfterSec) {
  private static final Logger LOG = LoggerFactory.getLogger(Failure.class);

  record Body(int code, String message) {}

  Body body() {
    return new Body(status, message);
  }

  /** Also logs what the answer does not tell. */
  static Failure of(Throwable thrown) {
    return switch (thrown) {
      case PlatformException e -> {
        if (e.code().status() >= 500) {
          LOG.warn("{}: {}", e.code().wire(), e.getMessage(), e);
        }
        yield platform(e);
      }
      case IOException e -> {
        LOG.debug("the client left before it had its answer: {}", e.toString());
        yield new Failure(500, "the request broke off", 0);
      }
      case NotOffered e -> new Failure(501, e.getMessage(), 0);
      case WebApplicationException e when e.getResponse().getStatus() < 500 -> http(e.getResponse().getStatus());
      default -> {
        LOG.error("unexpected failure of a request", thrown);
        yield new Failure(500, "something went wrong on the server; the log has the cause under the request id", 0);
      }
    };
  }

  private static Failure platform(PlatformException e) {
    // Clients try a 429 again by themselves. Room in a team comes when a capsule ends, which may be soon.
    int retry = switch (e.code()) {
      case QUOTA_EXCEEDED -> 2;
      case RATE_LIMITED -> 10;
      default -> e.code().status() == 503 ? 2 : 0;
    };
    return new Failure(e.code().status(), e.getMessage(), retry);
  }

  /** For what never came to a resource. */
  static Failure http(int status) {
    return new Failure(status, switch (status) {
      case 404 -> "there is nothing at this path; the platform's documentation lists the calls of E2B's SDKs that it serves";
      case 405 -> "this path does not take that method";
      default -> "the request was refused";
    }, 0);
  }
}
