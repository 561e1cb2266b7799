package dev.wrenn.rest.internal;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.MDC;

/** What every request of the API gets: a name, careful headers, and one line in the log. */
@Component(service = Filter.class, property = {
    "osgi.http.whiteboard.filter.name=wrenn-rest-requests",
    "osgi.http.whiteboard.filter.pattern=/v1/*",
    "osgi.http.whiteboard.filter.pattern=/api/*",
    "osgi.http.whiteboard.filter.pattern=/docs/*",
    "osgi.http.whiteboard.filter.pattern=/metrics",
    "osgi.http.whiteboard.filter.pattern=/openapi.yaml",
    "osgi.http.whiteboard.filter.asyncSupported:Boolean=true"})
public final class RequestFilter implements Filter {
  private final Traffic traffic;
  private final RequestLines lines;

  @Activate
  public RequestFilter(@Reference Traffic traffic, @Reference RequestLines lines) {
    this.traffic = traffic;
    this.lines = lines;
  }

  @Override
  public void doFilter(ServletRequest plain, ServletResponse answer, FilterChain chain) throws IOException, ServletException {
    HttpServletRequest request = (HttpServletRequest) plain;
    HttpServletResponse response = (HttpServletResponse) answer;
    String id = RequestId.ensure(request, response);
    CarefulHeaders.to(response::setHeader);
    long begin = System.nanoTime();
    MDC.put(RequestId.KEY, id);
    boolean whole = false;
    try {
      // The server's WebSockets take the answer as it is.
      chain.doFilter(request, "websocket".equalsIgnoreCase(request.getHeader("Upgrade")) ? response : new Unserved(request, response));
      whole = true;
    } finally {
      long nanos = System.nanoTime() - begin;
      traffic.answered(request.getMethod(), response.getStatus(), nanos);
      lines.add(request.getMethod(), request.getRequestURI(), response.getStatus(), nanos, whole, id);
      MDC.remove(RequestId.KEY);
    }
  }
}
