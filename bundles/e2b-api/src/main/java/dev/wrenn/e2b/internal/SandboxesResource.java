package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** Sandboxes, as every release of the clients uses them, and creation and connection as those before 2.51 do. */
@Path("/sandboxes")
public final class SandboxesResource {
  private static final int USUAL_SECONDS = 15;

  private final Face face;

  SandboxesResource(Face face) {
    this.face = face;
  }

  @POST
  public Response create(@Context HttpServletRequest request, InputStream body) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    Requests.NewSandbox wanted = Json.read(body, face.maxBodyBytes(), Requests.NewSandbox.class);
    return Reply.json(201, face.sandboxes().create(caller, wanted, Boolean.TRUE.equals(wanted.secure()), USUAL_SECONDS));
  }

  @GET
  public Response list(@Context HttpServletRequest request, @QueryParam("metadata") String metadata) throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.listing().running(caller, metadata).stream().map(face.views()::listed).toList());
  }

  @GET
  @Path("/metrics")
  public Response metrics(@Context HttpServletRequest request, @QueryParam("sandbox_ids") String ids) throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.metrics().newest(caller, ids));
  }

  @GET
  @Path("/{id}")
  public Response get(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.sandboxes().detail(caller, id));
  }

  @DELETE
  @Path("/{id}")
  public Response kill(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = face.guard().caller(request);
    face.sandboxes().kill(caller, id);
    return Reply.nothing();
  }

  @POST
  @Path("/{id}/connect")
  public Response connect(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Requests.Connect wanted = Json.read(body, face.maxBodyBytes(), Requests.Connect.class);
    if (wanted.timeout() == null) {
      throw Listing.invalid("timeout is missing: the seconds that the sandbox shall live from now on");
    }
    return connected(face.pauses().connect(caller, id, wanted.timeout(), Boolean.FALSE.equals(wanted.memory())));
  }

  static Response connected(Pauses.Connected connected) {
    return Reply.json(connected.woken() ? 201 : 200, connected.sandbox());
  }

  @POST
  @Path("/{id}/pause")
  public Response pause(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    face.pauses().pause(caller, id, Json.read(body, face.maxBodyBytes(), Requests.Pause.class));
    return Reply.nothing();
  }

  @POST
  @Path("/{id}/resume")
  public Response resume(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    Requests.Resume wanted = Json.read(body, face.maxBodyBytes(), Requests.Resume.class);
    int seconds = wanted.timeout() == null ? USUAL_SECONDS : wanted.timeout();
    return Reply.json(201, face.pauses().resume(caller, id, seconds, wanted));
  }

  @POST
  @Path("/{id}/fork")
  public Response fork(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Requests.Fork wanted = Json.read(body, face.maxBodyBytes(), Requests.Fork.class);
    return Reply.json(201, face.pauses().fork(caller, id, wanted.count() == null ? 1 : wanted.count(),
        face.terms().ofNew(caller, wanted.timeout(), USUAL_SECONDS)));
  }

  @POST
  @Path("/{id}/snapshots")
  public Response snapshot(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    return Reply.json(201, face.snapshots().save(caller, id, Json.read(body, face.maxBodyBytes(), Requests.Snapshot.class)));
  }

  @POST
  @Path("/{id}/timeout")
  public Response timeout(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Integer seconds = Json.read(body, face.maxBodyBytes(), Requests.Timeout.class).timeout();
    if (seconds == null) {
      throw Listing.invalid("timeout is missing: the seconds that the sandbox shall live from now on");
    }
    face.sandboxes().timeout(caller, id, seconds);
    return Reply.nothing();
  }

  @POST
  @Path("/{id}/refreshes")
  public Response refresh(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Integer seconds = Json.read(body, face.maxBodyBytes(), Requests.Refresh.class).duration();
    face.sandboxes().extend(caller, id, seconds == null ? USUAL_SECONDS : seconds);
    return Reply.nothing();
  }

  @PUT
  @Path("/{id}/network")
  public Response network(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    Requests.Network wanted = Json.read(body, face.maxBodyBytes(), Requests.Network.class);
    boolean open = Egress.open(null, wanted);
    if (open != face.sandboxes().need(caller, id).options().egress()) {
      throw new NotOffered("the ways out of a running sandbox can't be changed on this platform; create another one with allow_internet_access: " + open);
    }
    return Reply.nothing();
  }

  @GET
  @Path("/{id}/metrics")
  public Response metricsOf(
      @Context HttpServletRequest request, @PathParam("id") String id, @QueryParam("start") String start, @QueryParam("end") String end)
      throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.metrics().of(caller, id, start, end));
  }

  @GET
  @Path("/{id}/logs")
  public Response logs(
      @Context HttpServletRequest request, @PathParam("id") String id, @QueryParam("start") String start, @QueryParam("limit") String limit)
      throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.logs().old(caller, id, start, limit));
  }
}
