package dev.wrenn.rest.internal;

import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Puts the {@link ListHandler} right before the server's pages, behind what is for capsules, and takes it out again while the server runs on. A
 * server without the row of handlers of the distribution's {@code etc/jetty.xml} goes on without: JAX-RS gives the same answers.
 *
 * <p>As a customizer it sees each request; through the first one the server is found, and from then on that costs a comparison.
 */
@Component(service = HttpConfiguration.Customizer.class)
public final class Lobby implements HttpConfiguration.Customizer {
  private final Handler lists;
  private volatile Server server;
  private boolean closed;

  @Activate
  public Lobby(@Reference PlatformServices platform, @Reference Traffic traffic, @Reference RequestLines lines) {
    lists = new ListHandler(platform, traffic, lines);
  }

  @Override
  public Request customize(Request request, HttpFields.Mutable responseHeaders) {
    Server now = request.getConnectionMetaData().getConnector().getServer();
    if (now != server) {
      enter(now);
    }
    return request;
  }

  private synchronized void enter(Server now) {
    if (closed || now == server) {
      return;
    }
    leave();
    if (now.getHandler() instanceof Handler.Sequence row && row.isDynamic()) {
      // Others change the row, too.
      synchronized (row) {
        List<Handler> handlers = new ArrayList<>(row.getHandlers());
        handlers.add(handlers.size() - 1, lists);
        row.setHandlers(handlers);
      }
    }
    server = now;
  }

  private void leave() {
    if (server != null && server.getHandler() instanceof Handler.Sequence row && row.isDynamic()) {
      synchronized (row) {
        List<Handler> handlers = new ArrayList<>(row.getHandlers());
        handlers.remove(lists);
        row.setHandlers(handlers);
      }
    }
    server = null;
  }

  @Deactivate
  synchronized void close() {
    closed = true;
    leave();
  }
}
