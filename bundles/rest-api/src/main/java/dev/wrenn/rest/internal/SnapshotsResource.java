package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** What capsules can be made from. */
@Path("/snapshots")
public final class SnapshotsResource {
  private final PlatformServices platform;
  private final Guard guard;

  SnapshotsResource(PlatformServices platform, Guard guard) {
    this.platform = platform;
    this.guard = guard;
  }

  @GET
  public Response list(@Context HttpServletRequest request, @QueryParam("type") String type) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, platform.capsules().templates(caller).stream()
        .filter(template -> Commands.blank(type) || template.type().equals(type)).map(Views.TemplateView::of).toList());
  }
}
