package dev.wrenn.rest.internal;

import dev.wrenn.faces.Leftover;
import dev.wrenn.faces.PlainRequest;
import dev.wrenn.faces.ResourceServlet;
import dev.wrenn.rest.internal.stream.StreamContext;
import dev.wrenn.rest.internal.stream.StreamDoor;
import dev.wrenn.rest.internal.stream.WebSocketSupport;
import dev.wrenn.rest.internal.transfer.TransferDoor;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The API at its two mount points: streams by WebSocket, commands and the content of files by themselves, everything else by JAX-RS. */
@Component(service = Servlet.class, property = {
    "osgi.http.whiteboard.servlet.name=wrenn-rest",
    "osgi.http.whiteboard.servlet.pattern=/v1/*",
    "osgi.http.whiteboard.servlet.pattern=/api/v1/*",
    "osgi.http.whiteboard.servlet.asyncSupported:Boolean=true",
    // The list of services that CXF would show is a page of its own under our paths.
    "servlet.init.hide-service-list-page=true"})
public final class RestServlet extends ResourceServlet {
  private static final long serialVersionUID = 1L;

  private static final long MOST_LEFT = 1 << 20;

  private final transient ExecDoor commands;
  private final transient StreamDoor streams;
  private final transient TransferDoor transfers;

  @Activate
  public RestServlet(
      @Reference PlatformServices platform, @Reference Settings settings, @Reference Timers timers, @Reference Traffic traffic,
      @Reference WebSocketSupport first) {
    this(platform, settings, timers, traffic);
  }

  RestServlet(PlatformServices platform, Settings settings, Timers timers, Traffic traffic) {
    RestConfig config = settings.config();
    Guard guard = new Guard(platform);
    Listing listing = new Listing(platform);
    ExecCall exec = new ExecCall(platform, config, new Execution(timers, config.execMaxOutputBytes()));
    super(List.of(
        new LoginResource(platform, config),
        new ApiKeysResource(platform, guard, config),
        new CapsulesResource(platform, guard, listing, config),
        new StatsResource(platform, guard),
        new UsageResource(platform, guard),
        new CapsuleResource(platform, guard, config, exec),
        new FilesResource(platform, guard, config),
        new PortsResource(platform, guard, config),
        new LimitsResource(platform, guard),
        new TeamLimitsResource(platform, guard, config),
        new SnapshotsResource(platform, guard, config),
        new HostsResource(platform, guard)), new ErrorMapper());
    commands = new ExecDoor(guard, exec);
    streams = new StreamDoor(new StreamContext(platform, guard, timers, config, traffic));
    transfers = new TransferDoor(platform, guard, config, traffic);
  }

  /** This overload, because CXF's own one does not go through the narrower one. */
  @Override
  public void service(ServletRequest plain, ServletResponse answer) throws ServletException, IOException {
    HttpServletRequest request = (HttpServletRequest) plain;
    HttpServletResponse response = (HttpServletResponse) answer;
    if (streams.serve(request, response) || transfers.serve(request, response)) {
      return;
    }
    if (!commands.serve(request, response)) {
      super.service(new PlainRequest(request), answer);
    }
    Leftover.drain(request, response, MOST_LEFT);
  }
}
