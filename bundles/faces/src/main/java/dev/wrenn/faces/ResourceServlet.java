package dev.wrenn.faces;

import jakarta.servlet.ServletConfig;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.RuntimeDelegate;
import java.util.List;
import org.apache.cxf.Bus;
import org.apache.cxf.endpoint.Server;
import org.apache.cxf.jaxrs.JAXRSServerFactoryBean;
import org.apache.cxf.jaxrs.impl.RuntimeDelegateImpl;
import org.apache.cxf.transport.servlet.CXFNonSpringServlet;

/** JAX-RS resources as a servlet. Where it is mounted is for its heirs, which are components. */
public abstract class ResourceServlet extends CXFNonSpringServlet {
  private static final long serialVersionUID = 1L;

  private final transient List<Object> resources;
  private final transient ExceptionMapper<?> errors;
  private transient Server server;

  /**
   * @param resources one object each, for all requests
   * @param errors what becomes of everything that they throw
   */
  protected ResourceServlet(List<Object> resources, ExceptionMapper<?> errors) {
    this.resources = List.copyOf(resources);
    this.errors = errors;
  }

  /** The resource objects. */
  public final List<Object> resources() {
    return resources;
  }

  @Override
  protected final void loadBus(ServletConfig servletConfig) {
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
      factory.setProvider(errors);
      server = factory.create();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Override
  public final void destroyBus() {
    if (server != null) {
      server.destroy();
    }
    super.destroyBus();
  }
}
