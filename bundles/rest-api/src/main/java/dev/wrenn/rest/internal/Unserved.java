package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;

/**
 * An answer that nobody gives: while the platform starts, or a part of it is replaced, the server knows no servlet for a path of the API, and says
 * that there is nothing. A client that asks for its capsule would take that for the capsule's end. Our own servlets never say it this way.
 */
final class Unserved extends HttpServletResponseWrapper {
  private final HttpServletRequest request;

  Unserved(HttpServletRequest request, HttpServletResponse response) {
    super(response);
    this.request = request;
  }

  @Override
  public void sendError(int status) throws IOException {
    sendError(status, null);
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    if (status == SC_NOT_FOUND) {
      ErrorBody.send(Failure.of(PlatformException.Code.UNAVAILABLE, "the platform is starting, or a part of it is being replaced; try again in some"
          + " seconds"), request, (HttpServletResponse) getResponse());
    } else {
      super.sendError(status, message);
    }
  }
}
