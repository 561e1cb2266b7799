package dev.wrenn.console;

import com.vaadin.flow.server.VaadinRequest;

/**
 * The address under which a port of a capsule is reached.
 *
 * @param scheme {@code http} or {@code https}
 * @param host as the browser calls this platform, with its port
 */
record PortAddress(String capsule, String scheme, String host) {
  /** A name can't be put before the number of a machine; for this machine there is one that browsers know. */
  static PortAddress of(String capsule, String scheme, String host) {
    String name = host.replaceAll(":\\d+$", "");
    boolean loopback = name.matches("127(\\.\\d+){3}") || name.equals("[::1]");
    return new PortAddress(capsule, scheme, loopback ? "localhost" + host.substring(name.length()) : host);
  }

  String of(int port) {
    return scheme + "://" + port + "-" + capsule + "." + host + "/";
  }

  /** As the browser sees it, also behind a proxy that ends TLS. */
  static String scheme(VaadinRequest request) {
    return request.isSecure() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto")) ? "https" : "http";
  }
}
