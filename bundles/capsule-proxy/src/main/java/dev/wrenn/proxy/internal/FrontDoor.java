package dev.wrenn.proxy.internal;

import dev.wrenn.faces.Entrance;
import dev.wrenn.faces.Slot;
import dev.wrenn.platform.PortService;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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

/** Has the {@link CapsuleHandler} before everything that the web server serves, and {@link ListenerErrors} behind it. */
@Component(service = HttpConfiguration.Customizer.class, configurationPid = ProxyConfig.PID, property = "service.ranking:Integer=49983")
@Designate(ocd = ProxyConfig.class)
public final class FrontDoor implements HttpConfiguration.Customizer, Entrance.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

  private final ProxyConfig config;
  private final Slot<PortService> ports;
  private final Streams streams = new Streams();
  private final Entrance entrance = new Entrance(this);
  private Request.Handler errorsBefore;

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
    entrance.seen(request);
    return request;
  }

  /** How many requests are on their way now. */
  int streams() {
    return streams.count();
  }

  @Override
  public Handler handler() {
    return new CapsuleHandler(config, ports, streams);
  }

  @Override
  public void put(Handler handler, List<Handler> row) {
    row.addFirst(handler);
  }

  @Override
  public void entered(Server server) {
    errorsBefore = server.getErrorHandler();
    server.setErrorHandler(new ListenerErrors(headBytes(server)));
    LOG.info("ports of capsules are served by {}", server.getURI());
  }

  @Override
  public void left(Server server) {
    server.setErrorHandler(errorsBefore);
  }

  @Override
  public void refused(Server server) {
    LOG.error("etc/jetty.xml of this platform has no dynamic Handler.Sequence around the server's handlers, so no port of a capsule can be"
        + " reached; take the one of the distribution");
  }

  private static int headBytes(Server server) {
    return Stream.of(server.getConnectors()).map(connector -> connector.getConnectionFactory(HttpConfiguration.ConnectionFactory.class))
        .filter(Objects::nonNull).mapToInt(factory -> factory.getHttpConfiguration().getRequestHeaderSize()).min().orElseThrow();
  }

  /** Ends what is being proxied, and nothing else. */
  @Deactivate
  void close() {
    entrance.close();
    streams.breakAll();
  }
}
