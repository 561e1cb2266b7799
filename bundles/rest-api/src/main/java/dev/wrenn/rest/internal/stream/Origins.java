package dev.wrenn.rest.internal.stream;

import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;

/** Whose pages may open streams: the server's own, and those that the configuration names. Clients that are no browsers send none. */
final class Origins {
  private final List<String> allowed;

  Origins(List<String> allowed) {
    this.allowed = allowed;
  }

  /** @throws PlatformException {@code FORBIDDEN} */
  void check(HttpServletRequest request) throws PlatformException {
    String origin = request.getHeader("Origin");
    if (origin == null || allowed.contains("*") || allowed.contains(origin) || own(origin, request.getHeader("Host"))) {
      return;
    }
    throw new PlatformException(PlatformException.Code.FORBIDDEN,
        "pages of another origin may not open streams; an administrator can name it in allowedOrigins");
  }

  private static boolean own(String origin, String host) {
    return host != null && (origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host));
  }
}
