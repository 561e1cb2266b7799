package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The call that clients make most, {@code GET /capsules} as it stands. It bypasses JAX-RS, whose way takes much longer than the answer; what
 * is refused and what is answered is decided where JAX-RS has it decided, too. Thread-safe.
 */
final class ListDoor {
  private static final String PATH = "/capsules";
  private final Guard guard;
  private final Listing listing;

  ListDoor(Guard guard, Listing listing) {
    this.guard = guard;
    this.listing = listing;
  }

  /** @return false when the request is another one; else it has been answered */
  boolean serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
    if (!PATH.equals(request.getPathInfo()) || request.getQueryString() != null || !"GET".equals(request.getMethod())) {
      return false;
    }
    try {
      send(listing.of(guard.any(request), false), request.getHeader("If-None-Match"), response);
    } catch (PlatformException | RuntimeException e) {
      ErrorBody.send(ErrorMapper.failure(e), request, response);
    }
    return true;
  }

  private static void send(Listing.Page page, String known, HttpServletResponse response) throws IOException {
    response.setHeader("ETag", page.tag());
    if (known != null && (known.contains(page.tag()) || known.equals("*"))) {
      response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
      return;
    }
    response.setContentType(Wire.JSON);
    response.setContentLength(page.json().length);
    response.getOutputStream().write(page.json());
  }
}
