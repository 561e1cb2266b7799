package dev.wrenn.e2b.internal;

import dev.wrenn.faces.Leftover;
import dev.wrenn.faces.ResourceServlet;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The control API of E2B's clients, at those paths of the root that only they use. */
@Component(service = Servlet.class, property = {
    "osgi.http.whiteboard.servlet.name=wrenn-e2b",
    "osgi.http.whiteboard.servlet.pattern=/sandboxes/*",
    "osgi.http.whiteboard.servlet.pattern=/templates/*",
    "osgi.http.whiteboard.servlet.pattern=/snapshots/*",
    "osgi.http.whiteboard.servlet.pattern=/v2/*",
    "osgi.http.whiteboard.servlet.pattern=/v3/*",
    "osgi.http.whiteboard.servlet.asyncSupported:Boolean=true",
    "servlet.init.hide-service-list-page=true"})
public final class E2bServlet extends ResourceServlet {
  private static final long serialVersionUID = 1L;
  private static final long MOST_LEFT = 1 << 20;
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE");

  @Activate
  public E2bServlet(@Reference PlatformServices platform, @Reference Settings settings) {
    this(Face.of(platform, settings.config()));
  }

  private E2bServlet(Face face) {
    super(List.of(new SandboxesResource(face), new SandboxesV2Resource(face), new TemplatesResource(face)), new ErrorMapper());
  }

  /** This overload, because CXF's own one does not go through the narrower one. */
  @Override
  public void service(ServletRequest plain, ServletResponse answer) throws ServletException, IOException {
    HttpServletRequest request = (HttpServletRequest) plain;
    HttpServletResponse response = (HttpServletResponse) answer;
    try (Exchange exchange = Exchange.begin(request, response)) {
      if (exchange.preflight()) {
        return;
      }
      if (METHODS.contains(request.getMethod())) {
        super.service(new RootRequest(request), response);
      } else {
        refuse(response);
      }
      Leftover.drain(request, response, MOST_LEFT);
    }
  }

  /** Other methods would not come as far as to the resources, and get an answer without words. */
  private static void refuse(HttpServletResponse response) throws IOException {
    byte[] body = Json.write(Failure.http(HttpServletResponse.SC_METHOD_NOT_ALLOWED).body());
    response.setStatus(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
    response.setContentType(Json.TYPE);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
