package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.Template;
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
import java.util.List;

/** What sandboxes can be made from, to look at. */
@Path("/")
public final class TemplatesResource {
  private final Face face;

  TemplatesResource(Face face) {
    this.face = face;
  }

  record TemplateView(
      String templateID, @com.fasterxml.jackson.annotation.JsonProperty("public") boolean open, List<String> aliases, List<String> names,
      String createdAt, String updatedAt, String buildStatus, Integer cpuCount, Integer memoryMB) {}

  record AliasView(String templateID, @com.fasterxml.jackson.annotation.JsonProperty("public") boolean open) {}

  @GET
  @Path("/templates")
  public Response list(@Context HttpServletRequest request) throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, face.templates().all(caller).stream().map(this::view).toList());
  }

  @GET
  @Path("/v2/templates")
  public Response pages(@Context HttpServletRequest request) throws PlatformException {
    return list(request);
  }

  @GET
  @Path("/templates/{id}")
  public Response get(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = face.guard().caller(request);
    return Reply.json(200, view(face.templates().need(caller, id)));
  }

  @GET
  @Path("/templates/aliases/{alias}")
  public Response alias(@Context HttpServletRequest request, @PathParam("alias") String alias) throws PlatformException {
    Caller caller = face.guard().caller(request);
    Template template = face.templates().need(caller, alias);
    return Reply.json(200, new AliasView(template.name(), template.platform()));
  }

  @DELETE
  @Path("/templates/{id}")
  public Response delete(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = face.guard().caller(request);
    face.snapshots().delete(caller, id);
    return Reply.nothing();
  }

  @GET
  @Path("/snapshots")
  public Response snapshots(
      @Context HttpServletRequest request, @QueryParam("sandboxID") String sandbox, @QueryParam("name") String name,
      @QueryParam("limit") String limit, @QueryParam("nextToken") String nextToken) throws PlatformException, NotOffered {
    Caller caller = face.guard().caller(request);
    Snapshots.Page page = face.snapshots().page(caller, sandbox, name, limit, nextToken);
    Response.ResponseBuilder answer = Reply.builder(200, page.snapshots());
    if (page.next() != null) {
      answer.header("X-Next-Token", page.next());
    }
    return answer.build();
  }

  @POST
  @Path("/v3/templates")
  public Response build(@Context HttpServletRequest request) throws PlatformException, NotOffered {
    face.guard().caller(request);
    throw new NotOffered("templates can't be built through this API yet");
  }

  private TemplateView view(Template template) {
    String alias = face.templates().alias(template.name());
    List<String> names = alias.equals(template.name()) ? List.of(alias) : List.of(alias, template.name());
    return new TemplateView(template.name(), template.platform(), names, names, Json.time(template.createdAt()), Json.time(template.createdAt()), "ready",
        template.vcpus().orElse(null), template.memoryMb().orElse(null));
  }
}
