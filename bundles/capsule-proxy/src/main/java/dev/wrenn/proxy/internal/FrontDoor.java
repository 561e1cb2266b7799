package dev.wrenn.proxy.internal;

import dev.wrenn.platform.PortService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the {@link CapsuleHandler} before everything that the web server serves, and {@link ListenerErrors} behind it, and takes both away
 * again, while the server runs on.
 *
 * <p>Pax Web restarts its server for every handler that is announced as a service, and forgets to take one out. What it can add to a running
 * server is a customizer, which sees each request: through the first one the server is found, and from then on it costs a comparison.
 */
@Component(service = HttpConfiguration.Customizer.class, configurationPid = ProxyConfig.PID, property = "service.ranking:Integer=49983")
@Designate(ocd = ProxyConfig.class)
public final class FrontDoor implements HttpConfiguration.Customizer {
  private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

  private final ProxyConfig config;
  private final Slot<PortService> ports;
  private final Streams streams = new Streams();
  private volatile Server server;
  private CapsuleHandler handler;
  private Request.Handler errorsBefore;
  private boolean closed;

  @Activate
  public FrontDoor(ProxyConfig config) {
    this.config = config;
    this.ports = new Slot<>("ports", Duration.ofMillis(config.serviceWaitMillis()));
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindPorts(PortService service) {
    ports.bind(service);
  }

  void unbindPorts(PortService service) {
    ports.unbind(service);
  }

  @Override
  public Request customize(Request request, HttpFields.Mutable responseHeaders) {
    Server now = request.getConnectionMetaData().getConnector().getServer();
    if (now != server) {
      enter(now);
    }
    return request;
  }

  /** How many requests are on their way now. */
  int streams() {
    return streams.count();
  }

  private synchronized void enter(Server now) {
    if (closed || now == server) {
      return;
    }
    leave();
    Handler.Sequence row = row(now);
    if (row == null) {
      server = now;
      LOG.error("etc/jetty.xml of this platform has no dynamic Handler.Sequence around the server's handlers, so no port of a capsule can be"
          + " reached; take the one of the distribution");
      return;
    }
    handler = new CapsuleHandler(config, ports, streams);
    change(row, handlers -> handlers.addFirst(handler));
    errorsBefore = now.getErrorHandler();
    now.setErrorHandler(new ListenerErrors(headBytes(now)));
    // Only now: requests that come at the same time wait until then, and none goes past the handler.
    server = now;
    LOG.info("ports of capsules are served by {}", now.getURI());
  }

  private void leave() {
    Handler.Sequence row = server == null || handler == null ? null : row(server);
    if (row != null) {
      change(row, handlers -> handlers.remove(handler));
      server.setErrorHandler(errorsBefore);
    }
    handler = null;
    errorsBefore = null;
    server = null;
  }

  /** Others change the row, too. */
  private static void change(Handler.Sequence row, Consumer<List<Handler>> change) {
    synchronized (row) {
      List<Handler> handlers = new ArrayList<>(row.getHandlers());
      change.accept(handlers);
      row.setHandlers(handlers);
    }
  }

  private static int headBytes(Server server) {
    return Stream.of(server.getConnectors()).map(connector -> connector.getConnectionFactory(HttpConfiguration.ConnectionFactory.class))
        .filter(Objects::nonNull).mapToInt(factory -> factory.getHttpConfiguration().getRequestHeaderSize()).min().orElseThrow();
  }

  private static Handler.Sequence row(Server server) {
    return server.getHandler() instanceof Handler.Sequence row && row.isDynamic() ? row : null;
  }

  /** Ends what is being proxied, and nothing else. */
  @Deactivate
  synchronized void close() {
    closed = true;
    leave();
    streams.breakAll();
  }
}
