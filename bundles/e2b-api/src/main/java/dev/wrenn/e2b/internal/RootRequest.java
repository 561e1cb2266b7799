package dev.wrenn.e2b.internal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A request as if the servlet stood at the root, which its paths do and the servlet does not, since other pages are there too. It comes
 * without negotiation: this API takes and gives JSON whatever a client says about types.
 */
final class RootRequest extends HttpServletRequestWrapper {
  private static final Pattern STRAY_PERCENT = Pattern.compile("%(?![0-9a-fA-F]{2})");
  private static final Set<String> HIDDEN =
      Set.of("accept", "accept-charset", "accept-language", "content-type", "x-http-method-override", "transfer-encoding", "expect");

  RootRequest(HttpServletRequest request) {
    super(request);
  }

  @Override
  public String getServletPath() {
    return "";
  }

  @Override
  public String getPathInfo() {
    String info = super.getPathInfo();
    return super.getServletPath() + (info == null ? "" : info);
  }

  @Override
  public String getHeader(String name) {
    return hidden(name) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return hidden(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
  }

  @Override
  public Enumeration<String> getHeaderNames() {
    return Collections.enumeration(Collections.list(super.getHeaderNames()).stream().filter(name -> !hidden(name)).toList());
  }

  @Override
  public String getContentType() {
    return null;
  }

  /** JSON has one encoding; JAX-RS would fail at the name of one that does not exist. */
  @Override
  public String getCharacterEncoding() {
    return null;
  }

  /** A percent sign that begins no escape stands for itself; JAX-RS would fail at it. */
  @Override
  public String getQueryString() {
    String query = super.getQueryString();
    return query == null ? null : STRAY_PERCENT.matcher(query).replaceAll("%25");
  }

  private static boolean hidden(String name) {
    return HIDDEN.contains(name.toLowerCase(Locale.ROOT));
  }
}
