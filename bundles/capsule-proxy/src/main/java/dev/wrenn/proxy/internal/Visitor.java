package dev.wrenn.proxy.internal;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/** The client as its request shows it. */
final class Visitor {
  private static final String FORWARDED_PROTO = "X-Forwarded-Proto";

  private final Request request;

  Visitor(Request request) {
    this.request = request;
  }

  Request request() {
    return request;
  }

  HttpFields headers() {
    return request.getHeaders();
  }

  /** What the client called this machine, with a port if it named one. */
  String host() {
    String host = headers().get(HttpHeader.HOST);
    return host != null ? host : request.getHttpURI().getAuthority() == null ? "localhost" : request.getHttpURI().getAuthority();
  }

  String scheme() {
    String forwarded = headers().get(FORWARDED_PROTO);
    return forwarded != null ? ("https".equalsIgnoreCase(forwarded.strip()) ? "https" : "http") : request.isSecure() ? "https" : "http";
  }

  /** The port that the client came to, as its Host says. */
  int port() {
    String host = host();
    int colon = host.lastIndexOf(':');
    boolean named = colon > host.lastIndexOf(']') && colon < host.length() - 1 && host.chars().skip(colon + 1L).allMatch(Character::isDigit);
    return named && host.length() - colon <= 6 ? Integer.parseInt(host.substring(colon + 1)) : "https".equals(scheme()) ? 443 : 80;
  }

  /** A request with a body is never upgraded: nobody could tell where the one ends and the other begins. */
  boolean wantsUpgrade() {
    return headers().contains(HttpHeader.UPGRADE) && headers().contains(HttpHeader.CONNECTION, "upgrade") && !hasBody();
  }

  boolean speaks11() {
    return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
  }

  boolean expectsContinue() {
    return headers().contains(HttpHeader.EXPECT, "100-continue");
  }

  boolean hasBody() {
    return chunked() || request.getLength() > 0;
  }

  boolean chunked() {
    return headers().contains(HttpHeader.TRANSFER_ENCODING);
  }

  boolean isMethod(HttpMethod method) {
    return method.is(request.getMethod());
  }

  /** Whether it asks before a request of a page of another origin. */
  boolean asksForOrigin() {
    return isMethod(HttpMethod.OPTIONS) && headers().contains("Access-Control-Request-Method");
  }

  /** Whether a person looks at the answer. */
  boolean wantsHtml() {
    String accept = headers().get(HttpHeader.ACCEPT);
    if (accept != null && accept.contains("text/html")) {
      return true;
    }
    String agent = headers().get(HttpHeader.USER_AGENT);
    boolean fromScript = headers().contains("Sec-Fetch-Mode") && !"navigate".equals(headers().get("Sec-Fetch-Mode"));
    return agent != null && agent.startsWith("Mozilla/") && (accept == null || accept.equals("*/*")) && !fromScript;
  }
}
