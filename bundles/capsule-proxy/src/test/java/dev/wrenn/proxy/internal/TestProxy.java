package dev.wrenn.proxy.internal;

import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The front door in the server that Karaf has, set up as its jetty.xml does, before a page that stands for the platform's own. */
final class TestProxy implements AutoCloseable {
  static final String PAGE = "the platform's own page";

  final TestPorts ports = new TestPorts();
  final List<Guest> guests = new ArrayList<>();
  final FrontDoor door;
  private final Server server;
  private final ServerConnector connector;
  private final HttpConfiguration http = new HttpConfiguration();

  TestProxy(Map<String, Object> config) throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool();
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server = new Server(threads);
    http.setSendServerVersion(false);
    http.setOutputBufferSize(32768);
    http.setResponseHeaderSize(131072);
    http.setHttpCompliance(HttpCompliance.RFC9110);
    http.setUriCompliance(UriCompliance.UNSAFE);
    connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setAcceptQueueSize(1024);
    server.addConnector(connector);
    server.setHandler(new Handler.Sequence(true, List.of(new Page())));
    door = door(config);
    server.start();
  }

  FrontDoor door(Map<String, Object> config) {
    FrontDoor made = new FrontDoor(config(config));
    made.bindPorts(ports);
    http.addCustomizer(made);
    return made;
  }

  void remove(FrontDoor gone) {
    http.getCustomizers().remove(gone);
    gone.close();
  }

  int port() {
    return connector.getLocalPort();
  }

  /** Who stands before the pages. */
  List<Handler> row() {
    return ((Handler.Sequence) server.getHandler()).getHandlers();
  }

  /** As while the platform starts. */
  void withoutPages() {
    List<Handler> row = new ArrayList<>(row());
    row.removeLast();
    ((Handler.Sequence) server.getHandler()).setHandlers(row);
  }

  /** A server in the capsule. */
  Guest guest(int port, Guest.Script script) throws Exception {
    Guest guest = new Guest(script);
    guests.add(guest);
    ports.servers.put(port, guest.port());
    return guest;
  }

  Raw client() throws java.io.IOException {
    return new Raw(port());
  }

  static String host(int port) {
    return port + "-" + TestPorts.CAPSULE + ".capsules.test";
  }

  private static ProxyConfig config(Map<String, Object> values) {
    return (ProxyConfig) Proxy.newProxyInstance(ProxyConfig.class.getClassLoader(), new Class<?>[] {ProxyConfig.class, Annotation.class},
        (proxy, method, arguments) -> values.getOrDefault(method.getName(), method.getDefaultValue()));
  }

  @Override
  public void close() throws Exception {
    door.close();
    server.stop();
    for (Guest guest : guests) {
      guest.close();
    }
  }

  private static final class Page extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      if (request.getHttpURI().getPath().endsWith("/unknown")) {
        // By the API itself, or by the server.
        if (request.getHeaders().contains("Known")) {
          response.getHeaders().put("X-Request-Id", "1");
        }
        Response.writeError(request, response, callback, 404);
        return true;
      }
      response.setStatus(200);
      Content.Sink.write(response, true, PAGE, callback);
      return true;
    }
  }
}
