package dev.wrenn.rest.internal;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.regex.Pattern;

/** Where a port of a capsule is reached: {@code {port}-{capsule}} in front of the platform's host name. */
final class PortAddress {
  private static final Pattern NAMED_HOST = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\\d{1,5})?");
  private static final Pattern NUMBERS = Pattern.compile("[0-9.]+(:\\d{1,5})?");

  private PortAddress() {}

  /** Null when the client reached the platform by its IP address: nothing can stand in front of that. */
  static String of(String domain, HttpServletRequest request, int port, String capsule) {
    String host = !domain.isEmpty() ? domain : request.getHeader("Host");
    if (host == null || !NAMED_HOST.matcher(host.toLowerCase(Locale.ROOT)).matches() || NUMBERS.matcher(host).matches()) {
      return null;
    }
    boolean safe = request.isSecure() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
    return (safe ? "https://" : "http://") + port + "-" + capsule + "." + host;
  }
}
