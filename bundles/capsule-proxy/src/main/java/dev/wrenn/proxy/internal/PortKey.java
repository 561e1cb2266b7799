package dev.wrenn.proxy.internal;

import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;

/**
 * The token that a client shows for a port that is not open to everybody. It ends here: neither guest nor log gets it.
 *
 * @param inQuery whether it stands in the address, from where a browser is led to a cookie
 */
record PortKey(Optional<String> token, boolean inQuery) {
  static final String E2B_HEADER = "e2b-traffic-access-token";
  static final String HEADER = "X-Wrenn-Port-Token";
  static final String QUERY = "wrenn_port_token";

  static PortKey of(HttpFields headers, HttpURI uri) {
    for (String name : new String[] {HEADER, E2B_HEADER}) {
      if (headers.contains(name)) {
        return new PortKey(Optional.of(headers.get(name).strip()), false);
      }
    }
    if (uri.getQuery() != null && uri.getQuery().contains(QUERY)) {
      RawQuery query = new RawQuery(uri.getQuery());
      if (query.has(QUERY)) {
        return new PortKey(query.get(QUERY), true);
      }
    }
    return new PortKey(Cookies.find(headers, Cookies.TOKEN), false);
  }
}
