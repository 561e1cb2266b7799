package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * {@code POST /capsules/{id}/exec} past JAX-RS, whose way costs more than everything else that the platform does for a command. Ids that JAX-RS
 * would have to decode are left to it, for the same answers. Thread-safe.
 */
final class ExecDoor {
  private static final String BEFORE = "/capsules/";
  private static final String BEHIND = "/exec";

  private final Guard guard;
  private final ExecCall call;

  ExecDoor(Guard guard, ExecCall call) {
    this.guard = guard;
    this.call = call;
  }

  /** @return false when the request is another one; else it has been answered */
  boolean serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
    String path = request.getPathInfo();
    if (path == null || !path.endsWith(BEHIND) || !path.startsWith(BEFORE) || !"POST".equals(request.getMethod())) {
      return false;
    }
    // As it was sent: JAX-RS takes parameters out of paths.
    if (!request.getRequestURI().endsWith(path) || !plain(path, BEFORE.length(), path.length() - BEHIND.length())) {
      return false;
    }
    String id = path.substring(BEFORE.length(), path.length() - BEHIND.length());
    try {
      ExecCall.Result result = call.run(guard.any(request), id, request.getInputStream());
      byte[] json = Wire.write(result.view());
      response.setStatus(result.status());
      response.setContentType(Wire.JSON);
      response.setContentLength(json.length);
      response.getOutputStream().write(json);
    } catch (PlatformException | GuestException | RuntimeException e) {
      ErrorBody.send(ErrorMapper.failure(e), request, response);
    }
    return true;
  }

  private static boolean plain(String path, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = path.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) {
        return false;
      }
    }
    return from < to;
  }
}
