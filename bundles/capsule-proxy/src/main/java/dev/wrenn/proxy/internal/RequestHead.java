package dev.wrenn.proxy.internal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;

/** The head of a request as a server in a capsule gets it: the client's, without what was meant for the hop to here. */
final class RequestHead {
  /** What concerns one connection only, and what was meant for the proxy. */
  private static final Set<String> DROPPED = Set.of("connection", "keep-alive", "proxy-connection", "proxy-authenticate",
      "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "host", "expect", "cookie", "x-forwarded-for",
      Routes.E2B_ID.toLowerCase(Locale.ROOT), Routes.E2B_PORT.toLowerCase(Locale.ROOT), Routes.WRENN_ID.toLowerCase(Locale.ROOT),
      Routes.WRENN_PORT.toLowerCase(Locale.ROOT), PortKey.E2B_HEADER, PortKey.HEADER.toLowerCase(Locale.ROOT));

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
  private final Visitor visitor;
  private final Route route;

  private RequestHead(Visitor visitor, Route route) {
    this.visitor = visitor;
    this.route = route;
  }

  /**
   * @param accessToken for an agent whose client has none
   * @param passHost whether the guest sees the client's Host
   */
  static byte[] of(Visitor visitor, Route route, Optional<String> accessToken, boolean passHost) {
    RequestHead head = new RequestHead(visitor, route);
    head.firstLine();
    head.line("Host", passHost ? visitor.host() : "localhost:" + route.port());
    head.copied();
    head.forwarded();
    accessToken.filter(t -> !visitor.headers().contains("X-Access-Token")).ifPresent(t -> head.line("X-Access-Token", t));
    head.framing();
    head.text("\r\n");
    return head.bytes.toByteArray();
  }

  private void firstLine() {
    HttpURI uri = visitor.request().getHttpURI();
    String path = uri.getPath();
    String query = uri.getQuery() == null ? "" : new RawQuery(uri.getQuery()).has(PortKey.QUERY)
        ? new RawQuery(uri.getQuery()).without(PortKey.QUERY) : "?" + uri.getQuery();
    byte[] target = ((path == null || path.isEmpty() ? "/" : path) + query).getBytes(StandardCharsets.UTF_8);
    text(visitor.request().getMethod() + " ");
    bytes.writeBytes(target);
    text(" HTTP/1.1\r\n");
  }

  private void copied() {
    Set<String> perConnection = new HashSet<>();
    for (String value : visitor.headers().getValuesList(HttpHeader.CONNECTION)) {
      Arrays.stream(value.split(",")).map(each -> each.strip().toLowerCase(Locale.ROOT)).forEach(perConnection::add);
    }
    Set<String> hidden = Cookies.hidden(route);
    for (HttpField field : visitor.headers()) {
      String name = field.getName().toLowerCase(Locale.ROOT);
      String value = field.getValue() == null ? "" : field.getValue();
      if (name.equals("cookie")) {
        Cookies.without(value, hidden).ifPresent(left -> line("Cookie", left));
      } else if (!DROPPED.contains(name) && !perConnection.contains(name)) {
        line(field.getName(), value);
      }
    }
  }

  private void forwarded() {
    String before = String.join(", ", visitor.headers().getValuesList("X-Forwarded-For"));
    line("X-Forwarded-For", (before.isEmpty() ? "" : before + ", ") + Request.getRemoteAddr(visitor.request()));
    unlessThere("X-Forwarded-Host", visitor.host());
    unlessThere("X-Forwarded-Proto", visitor.scheme());
    unlessThere("X-Forwarded-Port", Integer.toString(visitor.port()));
  }

  private void framing() {
    if (visitor.chunked()) {
      line("Transfer-Encoding", "chunked");
    } else if (visitor.headers().contains(HttpHeader.CONTENT_LENGTH)) {
      line("Content-Length", Long.toString(visitor.request().getLength()));
    }
    if (visitor.headers().contains(HttpHeader.TE, "trailers")) {
      line("TE", "trailers");
    }
    if (visitor.hasBody() && visitor.expectsContinue()) {
      line("Expect", "100-continue");
    }
    if (visitor.wantsUpgrade()) {
      visitor.headers().getValuesList(HttpHeader.UPGRADE).forEach(value -> line("Upgrade", value));
    }
    line("Connection", visitor.wantsUpgrade() ? "Upgrade" : "close");
  }

  private void unlessThere(String name, String value) {
    if (!visitor.headers().contains(name)) {
      line(name, value);
    }
  }

  private void line(String name, String value) {
    text(name + ": " + value + "\r\n");
  }

  /** Header bytes were read as ISO 8859-1, so they leave as they came. */
  private void text(String text) {
    bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
