package dev.wrenn.faces;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;

/**
 * Puts a handler into the row of the web server's handlers, and takes it out again, while the server runs on. Thread-safe.
 *
 * <p>Pax Web restarts its server for every handler that is announced as a service, and forgets to take one out. What it can add to a running
 * server is a customizer, which sees each request: through the first one the server is found, and from then on it costs a comparison.
 */
public final class Entrance {
  private final Owner owner;
  private volatile Server server;
  private Handler handler;
  private boolean closed;

  /** Whose handler it is. All is called by one thread at a time. */
  public interface Owner {
    /** What to put in. Asked once for each server. */
    Handler handler();

    /** @param row where to put it; the last one serves the platform's own pages */
    void put(Handler handler, List<Handler> row);

    /** It is in, and no request goes past it any more. */
    default void entered(Server server) {}

    /** It is out. */
    default void left(Server server) {}

    /** This server has no row that may change, as {@code etc/jetty.xml} of the distribution sets one up: the handler stays out. */
    default void refused(Server server) {}
  }

  public Entrance(Owner owner) {
    this.owner = owner;
  }

  /** To be called with each request, before anything handles it. */
  public void seen(Request request) {
    Server now = request.getConnectionMetaData().getConnector().getServer();
    if (now != server) {
      enter(now);
    }
  }

  private synchronized void enter(Server now) {
    if (closed || now == server) {
      return;
    }
    leave();
    Handler.Sequence row = row(now);
    if (row == null) {
      owner.refused(now);
    } else {
      handler = owner.handler();
      change(row, handlers -> owner.put(handler, handlers));
      owner.entered(now);
    }
    // Only now: requests that come at the same time wait until then, and none goes past the handler.
    server = now;
  }

  private void leave() {
    Handler.Sequence row = server == null || handler == null ? null : row(server);
    if (row != null) {
      change(row, handlers -> handlers.remove(handler));
      owner.left(server);
    }
    handler = null;
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

  private static Handler.Sequence row(Server server) {
    return server.getHandler() instanceof Handler.Sequence row && row.isDynamic() ? row : null;
  }

  /** Takes the handler out, for good. */
  public synchronized void close() {
    closed = true;
    leave();
  }
}
