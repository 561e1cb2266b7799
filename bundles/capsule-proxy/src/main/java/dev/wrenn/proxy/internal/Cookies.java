package dev.wrenn.proxy.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** Cookies that are the platform's own: no guest gets them, and none may set them. The others pass as they are. */
final class Cookies {
  /** Holds a port's token in a browser. */
  static final String TOKEN = "wrenn_port_token";
  /** The console's session. It comes along only where a capsule is reached under the platform's own name. */
  private static final String SESSION = "JSESSIONID";

  static Set<String> hidden(Route route) {
    return route.byHostName() ? Set.of(TOKEN) : Set.of(TOKEN, SESSION);
  }

  static Optional<String> find(HttpFields headers, String name) {
    for (HttpField field : headers) {
      if (field.getHeader() == HttpHeader.COOKIE && field.getValue() != null) {
        for (String part : field.getValue().split(";")) {
          if (name(part).equals(name)) {
            return Optional.of(part.substring(part.indexOf('=') + 1).strip());
          }
        }
      }
    }
    return Optional.empty();
  }

  /** A cookie header without those names; empty when nothing is left of it. */
  static Optional<String> without(String header, Set<String> names) {
    List<String> kept = new ArrayList<>();
    boolean all = true;
    for (String part : header.split(";")) {
      if (names.contains(name(part))) {
        all = false;
      } else if (!part.isBlank()) {
        kept.add(part.strip());
      }
    }
    return all ? Optional.of(header) : kept.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", kept));
  }

  /** The name that a {@code Cookie} part or a {@code Set-Cookie} header begins with. */
  static String name(String cookie) {
    int equals = cookie.indexOf('=');
    return (equals < 0 ? cookie : cookie.substring(0, equals)).strip();
  }

  private Cookies() {}
}
