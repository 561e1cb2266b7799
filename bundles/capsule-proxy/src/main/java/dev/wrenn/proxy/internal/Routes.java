package dev.wrenn.proxy.internal;

import dev.wrenn.proxy.internal.Route.Way;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;

/** Tells requests for capsules from requests for the platform, and finds out which capsule and port they mean. */
final class Routes {
  static final String E2B_ID = "E2b-Sandbox-Id";
  static final String E2B_PORT = "E2b-Sandbox-Port";
  static final String WRENN_ID = "X-Wrenn-Capsule";
  static final String WRENN_PORT = "X-Wrenn-Port";

  /**
   * @param host name without port; may be null
   * @return empty when the request is the platform's own
   * @throws Refusal when it is for a capsule but does not say rightly for which
   */
  static Optional<Route> of(String host, HttpFields headers) throws Refusal {
    Optional<Route> named = byName(host, headers);
    return named.isPresent() ? named : byHeaders(headers);
  }

  private static Optional<Route> byName(String host, HttpFields headers) throws Refusal {
    // Most requests end here: no name of a capsule begins with anything but a digit.
    if (host == null || host.isEmpty() || !isDigit(host.charAt(0))) {
      return Optional.empty();
    }
    int dot = host.indexOf('.');
    int hyphen = host.indexOf('-');
    if (hyphen < 0 || dot < hyphen || !digits(host, hyphen)) {
      return Optional.empty();
    }
    String label = host.substring(hyphen + 1, dot);
    Optional<CapsuleName> name = CapsuleName.of(label);
    if (name.isEmpty()) {
      if (label.regionMatches(true, 0, "cl-", 0, 3)) {
        throw Refusal.badRequest("\"" + label + "\" is no capsule id: the host name is {port}-{capsule id}.{domain}", null);
      }
      return Optional.empty();
    }
    boolean e2b = name.get().plain() || headers.contains(E2B_ID);
    return Optional.of(new Route(Way.HOST_NAME, name.get().id(), label, port(host.substring(0, hyphen), null), e2b));
  }

  private static Optional<Route> byHeaders(HttpFields headers) throws Refusal {
    Optional<Route> ours = pair(headers, Way.WRENN_HEADERS, WRENN_ID, WRENN_PORT);
    return ours.isPresent() ? ours : pair(headers, Way.E2B_HEADERS, E2B_ID, E2B_PORT);
  }

  private static Optional<Route> pair(HttpFields headers, Way way, String idHeader, String portHeader) throws Refusal {
    boolean hasId = headers.contains(idHeader);
    if (!hasId && !headers.contains(portHeader)) {
      return Optional.empty();
    }
    boolean e2b = way == Way.E2B_HEADERS;
    Route blank = new Route(way, "", hasId ? headers.get(idHeader).strip() : "", 0, e2b);
    String id = only(headers, idHeader, blank);
    int port = port(only(headers, portHeader, blank), blank);
    Optional<CapsuleName> name = CapsuleName.of(id);
    if (name.isEmpty()) {
      // To E2B's clients an id of another kind is one that does not exist.
      throw e2b && id.matches("[0-9A-Za-z-]{1,128}") ? Refusal.gone(blank)
          : Refusal.badRequest(idHeader + ": \"" + brief(id) + "\" is no capsule id", blank);
    }
    return Optional.of(new Route(way, name.get().id(), id, port, e2b));
  }

  private static String only(HttpFields headers, String name, Route route) throws Refusal {
    List<String> values = headers.getValuesList(name);
    if (values.isEmpty()) {
      throw Refusal.badRequest("missing header " + name + ": both headers are needed to reach a port of a capsule", route);
    }
    if (values.size() > 1) {
      throw Refusal.badRequest("the header " + name + " is there more than once", route);
    }
    return values.getFirst().strip();
  }

  private static int port(String text, Route route) throws Refusal {
    if (!text.isEmpty() && text.length() <= 9 && digits(text, text.length())) {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    }
    throw Refusal.badRequest("\"" + brief(text) + "\" is no port: ports are numbers from 1 to 65535", route);
  }

  private static String brief(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "…";
  }

  private static boolean digits(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (!isDigit(text.charAt(i))) {
        return false;
      }
    }
    return end > 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private Routes() {}
}
