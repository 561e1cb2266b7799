package dev.wrenn.rest.internal;

import dev.wrenn.rest.internal.stream.WebSocketSupport;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The addresses beside the API: health and metrics, the OpenAPI document and a page that shows it, the way to the console, and who answers for none. */
@Component(service = Servlet.class, property = {
    "osgi.http.whiteboard.servlet.name=wrenn-rest-site",
    "osgi.http.whiteboard.servlet.pattern=/",
    "osgi.http.whiteboard.servlet.pattern=/health/*",
    "osgi.http.whiteboard.servlet.pattern=/metrics",
    "osgi.http.whiteboard.servlet.pattern=/openapi.yaml",
    "osgi.http.whiteboard.servlet.pattern=/docs/*",
    "osgi.http.whiteboard.servlet.pattern=/api/*"})
public final class SiteServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private record Page(String file, String type) {}

  private static final Map<String, Page> PAGES = Map.of(
      "/openapi.yaml", new Page("openapi.yaml", "application/yaml"),
      "/docs", new Page("docs.html", "text/html; charset=utf-8"),
      "/docs/", new Page("docs.html", "text/html; charset=utf-8"),
      "/docs/docs.js", new Page("docs.js", "text/javascript; charset=utf-8"),
      "/docs/docs.css", new Page("docs.css", "text/css; charset=utf-8"));

  private final transient Vitals vitals;

  @Reference(target = "(osgi.web.contextpath=/console)", cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private transient volatile ServletContext console;

  /**
   * It comes after everything else that is served: each arrival may restart the web context, and what answers for the platform's health must
   * not be there before the last of them.
   */
  @Activate
  public SiteServlet(
      @Reference PlatformServices platform, @Reference Settings settings, @Reference Traffic traffic, @Reference WebSocketSupport first,
      @Reference(target = "(osgi.http.whiteboard.servlet.name=wrenn-rest)") Servlet api,
      @Reference(target = "(osgi.http.whiteboard.filter.name=wrenn-rest-requests)") Filter requests, BundleContext bundle) {
    this(platform, settings, traffic, shown(bundle.getBundle().getVersion()));
  }

  private static String shown(Version version) {
    return version.getMajor() + "." + version.getMinor() + "." + version.getMicro();
  }

  SiteServlet(PlatformServices platform, Settings settings, Traffic traffic, String version) {
    vitals = new Vitals(platform, traffic, settings.config(), version);
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
    String path = request.getRequestURI().substring(request.getContextPath().length()).replaceFirst("^/api(?=/)", "");
    Page page = PAGES.get(path);
    if (page != null) {
      send(page, response);
      return;
    }
    RequestId.ensure(request, response);
    switch (path) {
      case "/health" -> vitals.health(response);
      case "/health/live" -> vitals.live(response);
      case "/health/ready" -> vitals.ready(response);
      case "/metrics" -> vitals.metrics(request, response);
      case "/" -> {
        response.setStatus(HttpServletResponse.SC_FOUND);
        response.setHeader("Location", console != null ? "/console/" : "/docs");
      }
      default -> ErrorBody.send(new Failure(404, "not_found", "there is nothing at this path; GET /openapi.yaml lists what there is", 0),
          request, response);
    }
  }

  private static void send(Page page, HttpServletResponse response) throws IOException {
    response.setHeader("Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'");
    try (InputStream file = SiteServlet.class.getResourceAsStream("/site/" + page.file())) {
      write(response, page.type(), file.readAllBytes());
    }
  }

  private static void write(HttpServletResponse response, String type, byte[] bytes) throws IOException {
    response.setContentType(type);
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }
}
