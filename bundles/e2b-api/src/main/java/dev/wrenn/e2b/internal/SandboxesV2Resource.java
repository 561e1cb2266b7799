package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** Creation and connection as releases from 2.51 on use them, and lists page by page. */
@Path("/v2/sandboxes")
public final class SandboxesV2Resource {
  private static final int USUAL_SECONDS = 300;

  private final Face face;

  SandboxesV2Resource(Face face) {
    this.face = face;
  }

  /** Always secured. */
  @POST
  public Response create(@Context HttpServletRequest request, InputStream body) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    return Reply.json(201, face.sandboxes().create(caller, Json.read(body, face.maxBodyBytes(), Requests.NewSandbox.class), true, USUAL_SECONDS));
  }

  @GET
  public Response list(
      @Context HttpServletRequest request, @QueryParam("metadata") String metadata, @QueryParam("state") String state,
      @QueryParam("order") String order, @QueryParam("startedAfter") String startedAfter, @QueryParam("template") String template,
      @QueryParam("limit") String limit, @QueryParam("nextToken") String nextToken) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Listing.Page page = face.listing().page(caller, new Listing.Query(metadata, state, order, startedAfter, template, limit, nextToken));
    Response.ResponseBuilder answer = Reply.builder(200, page.capsules().stream().map(face.views()::listed).toList());
    page.next().ifPresent(next -> answer.header("X-Next-Token", next));
    page.running().ifPresent(running -> answer.header("X-Total-Running", running));
    return answer.build();
  }

  @POST
  @Path("/{id}/connect")
  public Response connect(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Requests.Connect wanted = Json.read(body, face.maxBodyBytes(), Requests.Connect.class);
    int seconds = wanted.timeout() == null ? USUAL_SECONDS : wanted.timeout();
    return SandboxesResource.connected(face.pauses().connect(caller, id, seconds, Boolean.FALSE.equals(wanted.memory())));
  }

  @GET
  @Path("/{id}/logs")
  public Response logs(
      @Context HttpServletRequest request, @PathParam("id") String id, @QueryParam("cursor") String cursor, @QueryParam("limit") String limit,
      @QueryParam("direction") String direction, @QueryParam("level") String level, @QueryParam("search") String search) throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.logs().page(caller, id, new Logs.Query(cursor, limit, direction, level, search)));
  }
}
