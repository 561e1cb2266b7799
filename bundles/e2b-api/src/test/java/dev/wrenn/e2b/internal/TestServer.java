package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.PortService;
import dev.wrenn.platform.SignIn;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.servlet.ServletMapping;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The bundle's servlet in the server that Karaf has, at the paths that it names, on a free port of the loopback. */
final class TestServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  /** As the component says; the annotation itself is not kept in the class. */
  static final String[] PATHS = {"/sandboxes/*", "/templates/*", "/snapshots/*", "/v2/*", "/v3/*"};

  final TestPlatform platform = new TestPlatform();
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  TestServer(String domain) throws Exception {
    E2bConfig config = (E2bConfig) Proxy.newProxyInstance(E2bConfig.class.getClassLoader(), new Class<?>[] {E2bConfig.class},
        (proxy, method, arguments) -> method.getName().equals("publicDomain") ? domain : method.getDefaultValue());
    Settings settings = new Settings(config);
    PlatformServices services = new PlatformServices(settings);
    services.bindCapsules(platform.as(CapsuleService.class));
    services.bindSignIn(platform.as(SignIn.class));
    services.bindMetrics(platform.as(MetricsService.class));
    services.bindLimits(platform.as(LimitsService.class));
    services.bindPorts(platform.as(PortService.class));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    ServletHolder holder = new ServletHolder(new E2bServlet(services, settings));
    holder.setInitParameter("hide-service-list-page", "true");
    context.getServletHandler().addServlet(holder);
    ServletMapping mapping = new ServletMapping();
    mapping.setServletName(holder.getName());
    mapping.setPathSpecs(PATHS);
    context.getServletHandler().addServletMapping(mapping);
    server.setHandler(context);
    server.start();
  }

  record Answer(int status, JsonNode json, HttpResponse<String> raw) {
    String header(String name) {
      return raw.headers().firstValue(name).orElse(null);
    }
  }

  /** The body goes in chunks of unknown length, as Node sends it. */
  Answer send(String method, String path, String body, String key) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + path)).timeout(Duration.ofSeconds(60))
        .header("User-Agent", "e2b-js-sdk/2.51.0").header("lang_version", "20").header("Content-Type", "application/json")
        .method(method, body == null ? BodyPublishers.noBody()
            : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))));
    if (key != null) {
      request.header("X-API-KEY", key);
    }
    HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body().isEmpty() ? JSON.missingNode() : JSON.readTree(response.body()), response);
  }

  Answer send(String method, String path, String body) throws IOException, InterruptedException {
    return send(method, path, body, "e2b_" + TestPlatform.KEY);
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, null);
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, body);
  }

  @Override
  public void close() throws Exception {
    client.shutdownNow();
    server.stop();
  }
}
