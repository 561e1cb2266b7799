package dev.wrenn.e2b.internal;

import jakarta.servlet.Servlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.ext.RuntimeDelegate;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.cxf.Bus;
import org.apache.cxf.endpoint.Server;
import org.apache.cxf.jaxrs.JAXRSServerFactoryBean;
import org.apache.cxf.jaxrs.impl.RuntimeDelegateImpl;
import org.apache.cxf.transport.servlet.CXFNonSpringServlet;
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
public final class E2bServlet extends CXFNonSpringServlet {
  private static final long serialVersionUID = 1L;
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE");

  private final transient List<Object> resources;
  private transient Server server;

  @Activate
  public E2bServlet(@Reference PlatformServices platform, @Reference Settings settings) {
    Face face = Face.of(platform, settings.config());
    resources = List.of(new SandboxesResource(face), new SandboxesV2Resource(face), new TemplatesResource(face));
  }

  @Override
  protected void loadBus(ServletConfig servletConfig) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    // CXF finds its parts through the thread's loader, which in OSGi knows nothing of them.
    thread.setContextClassLoader(Bus.class.getClassLoader());
    try {
      RuntimeDelegate.setInstance(new RuntimeDelegateImpl());
      super.loadBus(servletConfig);
      JAXRSServerFactoryBean factory = new JAXRSServerFactoryBean();
      factory.setBus(getBus());
      factory.setAddress("/");
      factory.setServiceBeans(resources);
      factory.setProvider(new ErrorMapper());
      server = factory.create();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Override
  public void destroyBus() {
    if (server != null) {
      server.destroy();
    }
    super.destroyBus();
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
