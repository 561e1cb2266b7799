package dev.wrenn.e2b.internal;

import dev.wrenn.faces.PlainRequest;
import jakarta.servlet.http.HttpServletRequest;

/** A request as if the servlet stood at the root, which its paths do and the servlet does not, since other pages are there too. */
final class RootRequest extends PlainRequest {
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
}
