package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** How much the caller's team may ask for. */
@Path("/limits")
public final class LimitsResource {
  private final PlatformServices platform;
  private final Guard guard;

  LimitsResource(PlatformServices platform, Guard guard) {
    this.platform = platform;
    this.guard = guard;
  }

  @GET
  public Response get(@Context HttpServletRequest request) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, Views.TeamLimits.of(platform.limits().limits(caller, caller.teamId())));
  }
}
