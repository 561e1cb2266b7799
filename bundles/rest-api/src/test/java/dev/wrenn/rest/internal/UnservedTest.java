package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.DispatcherType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

/** The filter is there, the servlets are not yet. */
class UnservedTest {
  @Test
  void anApiThatIsNotThereYetIsNoCapsuleThatHasGone() throws Exception {
    Timers timers = new Timers();
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addFilter(new FilterHolder(new RequestFilter(new Traffic(), new RequestLines(timers))), "/v1/*", EnumSet.of(DispatcherType.REQUEST));
    server.setHandler(context);
    server.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (String method : List.of("GET", "HEAD")) {
        HttpResponse<String> answer = client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/v1/capsules/cl-x"))
            .timeout(Duration.ofSeconds(20)).method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());
        assertEquals(503, answer.statusCode(), method);
        assertTrue(method.equals("HEAD") || answer.body().startsWith("{\"error\":{") && answer.body().contains("\"unavailable\""), answer.body());
        assertEquals("2", answer.headers().firstValue("Retry-After").orElse(""));
      }
    } finally {
      server.stop();
      timers.close();
    }
  }
}
