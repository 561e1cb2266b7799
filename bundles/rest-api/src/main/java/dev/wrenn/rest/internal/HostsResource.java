package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** Hosts and drivers, for platform admins. */
@Path("/")
public final class HostsResource {
  private final PlatformServices platform;
  private final Guard guard;

  HostsResource(PlatformServices platform, Guard guard) {
    this.platform = platform;
    this.guard = guard;
  }

  /** A caller who is no admin sees the hosts of the own team, and a team has none of its own. */
  @GET
  @Path("/hosts")
  public Response hosts(@Context HttpServletRequest request) throws PlatformException {
    Caller caller = guard.session(request);
    List<HostService.Host> hosts = caller.admin() ? platform.hosts().hosts(caller) : List.of();
    return Reply.json(200, hosts.stream().map(Views.HostView::of).toList());
  }

  @GET
  @Path("/drivers")
  public Response drivers(@Context HttpServletRequest request) throws PlatformException {
    Caller caller = guard.session(request);
    return Reply.json(200, platform.hosts().drivers(caller).stream().map(Views.DriverView::of).toList());
  }
}
