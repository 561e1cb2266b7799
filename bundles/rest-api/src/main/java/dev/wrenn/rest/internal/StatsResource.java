package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** How much the team holds and held. */
@Path("/capsules/stats")
public final class StatsResource {
  private final PlatformServices platform;
  private final Guard guard;

  StatsResource(PlatformServices platform, Guard guard) {
    this.platform = platform;
    this.guard = guard;
  }

  @GET
  public Response get(@Context HttpServletRequest request, @QueryParam("range") String range) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, MetricViews.Stats.of(platform.metrics().team(caller, Commands.blank(range) ? "1h" : range)));
  }
}
