package dev.wrenn.rest.internal;

import dev.wrenn.faces.Entrance;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Has the {@link ListHandler} right before the server's pages, behind what is for capsules. A server without the row of handlers of the
 * distribution's {@code etc/jetty.xml} goes on without: JAX-RS gives the same answers.
 */
@Component(service = HttpConfiguration.Customizer.class)
public final class Lobby implements HttpConfiguration.Customizer, Entrance.Owner {
  private final Handler lists;
  private final Entrance entrance = new Entrance(this);

  @Activate
  public Lobby(@Reference PlatformServices platform, @Reference Traffic traffic, @Reference RequestLines lines) {
    lists = new ListHandler(platform, traffic, lines);
  }

  @Override
  public Request customize(Request request, HttpFields.Mutable responseHeaders) {
    entrance.seen(request);
    return request;
  }

  @Override
  public Handler handler() {
    return lists;
  }

  @Override
  public void put(Handler handler, List<Handler> row) {
    row.add(row.size() - 1, handler);
  }

  @Deactivate
  void close() {
    entrance.close();
  }
}
