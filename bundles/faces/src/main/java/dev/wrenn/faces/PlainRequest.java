package dev.wrenn.faces;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A request without negotiation. The platform's APIs take and give JSON whatever a client says about types, and a method is what the request
 * line says: so the headers by which JAX-RS would decide otherwise are not shown to it.
 */
public class PlainRequest extends HttpServletRequestWrapper {
  /** Request attribute with the real Accept header, for the shape of errors. */
  public static final String ACCEPT = "dev.wrenn.faces.accept";

  private static final Pattern STRAY_PERCENT = Pattern.compile("%(?![0-9a-fA-F]{2})");
  private static final Set<String> HIDDEN =
      Set.of("accept", "accept-charset", "accept-language", "content-type", "x-http-method-override", "transfer-encoding", "expect");

  public PlainRequest(HttpServletRequest request) {
    super(request);
    request.setAttribute(ACCEPT, request.getHeader("Accept"));
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
