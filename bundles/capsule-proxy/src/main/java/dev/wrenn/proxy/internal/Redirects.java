package dev.wrenn.proxy.internal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Servers in capsules that redirect to the address that they know of themselves, which nobody outside can reach. */
final class Redirects {
  private static final Pattern ABSOLUTE = Pattern.compile("(?i)(?:(https?):)?(//)(localhost|[0-9.]+|\\[[0-9a-f:.]+\\])(?::(\\d{1,5}))?([/?#].*)?");

  /** A location that the client can follow. */
  static String outward(String location, int port, Visitor visitor) {
    if (location == null) {
      return null;
    }
    Matcher parts = ABSOLUTE.matcher(location);
    if (!parts.matches() || !internal(parts.group(3)) || port(parts) != port) {
      return location;
    }
    return visitor.scheme() + "://" + visitor.host() + (parts.group(5) == null ? "/" : parts.group(5));
  }

  private static int port(Matcher parts) {
    return parts.group(4) != null ? Integer.parseInt(parts.group(4)) : "https".equalsIgnoreCase(parts.group(1)) ? 443 : 80;
  }

  /** Loopback, unspecified, link-local and private addresses. */
  private static boolean internal(String host) {
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    if (host.startsWith("[")) {
      String address = host.substring(1, host.length() - 1).toLowerCase(java.util.Locale.ROOT);
      return address.equals("::1") || address.equals("::") || address.startsWith("fe80:") || address.startsWith("fc") || address.startsWith("fd");
    }
    return host.startsWith("127.") || host.startsWith("10.") || host.startsWith("192.168.") || host.startsWith("169.254.")
        || host.equals("0.0.0.0") || host.matches("172\\.(1[6-9]|2\\d|3[01])\\..*");
  }

  private Redirects() {}
}
