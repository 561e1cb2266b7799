package dev.wrenn.faces;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

class EntranceTest {
  private final List<String> told = new ArrayList<>();
  private final Entrance entrance = new Entrance(new Entrance.Owner() {
    @Override
    public Handler handler() {
      return says("guest");
    }

    @Override
    public void put(Handler handler, List<Handler> row) {
      row.addFirst(handler);
    }

    @Override
    public void entered(Server server) {
      told.add("entered");
    }

    @Override
    public void left(Server server) {
      told.add("left");
    }

    @Override
    public void refused(Server server) {
      told.add("refused");
    }
  });

  private static Handler says(String word) {
    return new Handler.Abstract() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        Content.Sink.write(response, true, word, callback);
        return true;
      }
    };
  }

  private String asked(Handler handler, Runnable between) throws Exception {
    Server server = new Server();
    HttpConfiguration config = new HttpConfiguration();
    config.addCustomizer((request, headers) -> {
      entrance.seen(request);
      return request;
    });
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(config));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(handler);
    server.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/")).build();
      String first = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      between.run();
      return first + " " + client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } finally {
      server.stop();
    }
  }

  @Test
  void theFirstRequestFindsItThereAndAfterTheEndNoneDoes() throws Exception {
    assertEquals("guest pages", asked(new Handler.Sequence(true, List.of(says("pages"))), entrance::close));
    assertEquals(List.of("entered", "left"), told);
  }

  @Test
  void aServerWithoutARowGoesOnWithout() throws Exception {
    assertEquals("pages pages", asked(says("pages"), () -> {}));
    assertEquals(List.of("refused"), told);
  }
}
