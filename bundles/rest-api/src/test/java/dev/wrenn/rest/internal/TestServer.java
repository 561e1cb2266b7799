package dev.wrenn.rest.internal;

import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/** The bundle's servlets in the server that Karaf has, on a free port of the loopback. */
public final class TestServer implements AutoCloseable {
  final TestPlatform platform = new TestPlatform();
  final PlatformServices services;
  private final Timers timers = new Timers();
  private final Traffic traffic = new Traffic();
  private final RequestLines lines = new RequestLines(timers);
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private final HttpClient client = HttpClient.newHttpClient();

  TestServer(Map<String, Object> config) throws Exception {
    Settings settings = new Settings(TestConfig.with(config));
    services = new PlatformServices(settings);
    services.bindCapsules(platform);
    services.bindSignIn(platform);
    services.bindApiKeys(platform);
    services.bindHosts(platform);
    services.bindMetrics(platform);
    services.bindLimits(platform);
    services.bindPorts(platform);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    JakartaWebSocketServletContainerInitializer.configure(context, null);
    for (String pattern : new String[] {"/v1/*", "/api/*", "/docs/*", "/openapi.yaml", "/metrics"}) {
      context.addFilter(new FilterHolder(new RequestFilter(traffic, lines)), pattern, EnumSet.of(DispatcherType.REQUEST));
    }
    ServletHolder rest = new ServletHolder(new RestServlet(services, settings, timers, traffic));
    rest.setInitParameter("hide-service-list-page", "true");
    context.getServletHandler().addServlet(rest);
    mapping(context, rest, "/v1/*", "/api/v1/*");
    ServletHolder site = new ServletHolder(new SiteServlet(services, settings, traffic, "1.2.3"));
    context.getServletHandler().addServlet(site);
    mapping(context, site, "/", "/health/*", "/metrics", "/openapi.yaml", "/docs/*", "/api/*");
    server.setHandler(new Handler.Sequence(true, new ArrayList<>(List.of(new GracefulHandler(context)))));
    connector.getConnectionFactory(HttpConfiguration.ConnectionFactory.class).getHttpConfiguration().addCustomizer(new Lobby(services, traffic, lines));
    server.setStopTimeout(5_000);
    server.start();
  }

  private static void mapping(ServletContextHandler context, ServletHolder holder, String... patterns) {
    var mapping = new org.eclipse.jetty.ee10.servlet.ServletMapping();
    mapping.setServletName(holder.getName());
    mapping.setPathSpecs(patterns);
    context.getServletHandler().addServletMapping(mapping);
  }

  long answers(String method, int status) {
    return traffic.answers().get(new Traffic.Kind(method, status)).count().sum();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + connector.getLocalPort() + path);
  }

  URI stream(String path) {
    return URI.create("ws://127.0.0.1:" + connector.getLocalPort() + path);
  }

  /** How long a client may stand still from its next connection on. */
  void patience(Duration patience) {
    connector.setIdleTimeout(patience.toMillis());
  }

  HttpClient client() {
    return client;
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path).header("X-API-Key", TestPlatform.KEY));
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return send(request(path).header("X-API-Key", TestPlatform.KEY).POST(BodyPublishers.ofString(body)));
  }

  @Override
  public void close() throws Exception {
    client.shutdownNow();
    server.stop();
    timers.close();
    platform.close();
  }
}
