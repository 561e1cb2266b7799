package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Optional;

/** What capsules can be made from. */
@Path("/snapshots")
public final class SnapshotsResource {
  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;

  SnapshotsResource(PlatformServices platform, Guard guard, RestConfig config) {
    this.config = config;
    this.platform = platform;
    this.guard = guard;
  }

  @GET
  public Response list(@Context HttpServletRequest request, @QueryParam("type") String type) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, platform.capsules().templates(caller).stream()
        .filter(template -> Commands.blank(type) || template.type().equals(type)).map(Views.TemplateView::of).toList());
  }

  /** Saves a capsule, which stays what it is, as a template of the team. */
  @POST
  public Response save(@Context HttpServletRequest request, @QueryParam("overwrite") boolean overwrite, InputStream body) throws PlatformException {
    Caller caller = guard.any(request);
    Requests.Snapshot asked = Wire.read(body, config.maxBodyBytes(), Requests.Snapshot.class);
    if (Commands.blank(asked.sandboxId())) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "sandbox_id is missing: the capsule to save");
    }
    return Reply.json(201, Views.TemplateView.of(platform.capsules().snapshot(caller, asked.sandboxId(),
        Optional.ofNullable(asked.name()).filter(name -> !name.isEmpty()), overwrite)));
  }

  @DELETE
  @Path("/{name}")
  public Response delete(@Context HttpServletRequest request, @PathParam("name") String name) throws PlatformException {
    Caller caller = guard.any(request);
    platform.capsules().deleteTemplate(caller, name);
    return Reply.nothing();
  }
}
