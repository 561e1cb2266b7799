package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** How much a team may ask for, for platform admins. */
@Path("/admin/teams/{id}/limits")
public final class TeamLimitsResource {
  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;

  TeamLimitsResource(PlatformServices platform, Guard guard, RestConfig config) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
  }

  @GET
  public Response get(@Context HttpServletRequest request, @PathParam("id") String team) throws PlatformException {
    return Reply.json(200, Views.TeamLimits.of(platform.limits().limits(guard.admin(request), team)));
  }

  /** What the body does not name stays as it is. */
  @PUT
  public Response set(@Context HttpServletRequest request, @PathParam("id") String team, InputStream body) throws PlatformException {
    Caller caller = guard.admin(request);
    Requests.LimitsChange wanted = Wire.read(body, config.maxBodyBytes(), Requests.LimitsChange.class);
    LimitsService service = platform.limits();
    LimitsService.TeamLimits now = service.limits(caller, team);
    LimitsService.TeamLimits next = new LimitsService.TeamLimits(or(wanted.vcpus(), now.vcpus()), or(wanted.memoryMb(), now.memoryMb()),
        or(wanted.diskMb(), now.diskMb()), or(wanted.timeoutSec(), now.timeoutSec()), or(wanted.running(), now.running()),
        or(wanted.totalVcpus(), now.totalVcpus()), or(wanted.totalMemoryMb(), now.totalMemoryMb()));
    return Reply.json(200, Views.TeamLimits.of(service.set(caller, team, next)));
  }

  private static <T> T or(T wanted, T now) {
    return wanted == null ? now : wanted;
  }
}
