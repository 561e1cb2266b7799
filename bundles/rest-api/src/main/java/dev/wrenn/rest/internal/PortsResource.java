package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PortService;
import dev.wrenn.platform.PortService.PortAccess;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The ports of a capsule: to whom they are open, and where they are reached. */
@Path("/capsules/{id}/ports")
public final class PortsResource {
  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;

  PortsResource(PlatformServices platform, Guard guard, RestConfig config) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
  }

  /** Those of which something was said; every other port follows the capsule's rule. */
  @GET
  public Response list(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = guard.any(request);
    PortService service = platform.ports();
    List<Views.PortView> views = new ArrayList<>();
    for (PortAccess port : service.ports(caller, id)) {
      views.add(view(service, caller, id, port, request));
    }
    return Reply.json(200, new Views.PortList(views));
  }

  @GET
  @Path("/{port}")
  public Response get(@Context HttpServletRequest request, @PathParam("id") String id, @PathParam("port") String port)
      throws PlatformException {
    Caller caller = guard.any(request);
    PortService service = platform.ports();
    return Reply.json(200, view(service, caller, id, service.port(caller, id, number(port)), request));
  }

  @PUT
  @Path("/{port}")
  public Response set(@Context HttpServletRequest request, @PathParam("id") String id, @PathParam("port") String port, InputStream body)
      throws PlatformException {
    Caller caller = guard.any(request);
    Boolean open = Wire.read(body, config.maxBodyBytes(), Requests.PortChange.class).open();
    if (open == null) {
      throw invalid("public must be true or false");
    }
    PortService service = platform.ports();
    return Reply.json(200, view(service, caller, id, service.set(caller, id, number(port), open), request));
  }

  @DELETE
  @Path("/{port}")
  public Response clear(@Context HttpServletRequest request, @PathParam("id") String id, @PathParam("port") String port)
      throws PlatformException {
    Caller caller = guard.any(request);
    platform.ports().clear(caller, id, number(port));
    return Reply.nothing();
  }

  private Views.PortView view(PortService service, Caller caller, String id, PortAccess port, HttpServletRequest request)
      throws PlatformException {
    String token = port.open() ? null : service.tokens(caller, id).port();
    return new Views.PortView(port.port(), port.open(), PortAddress.of(config.portDomain(), request, port.port(), id), token);
  }

  private static int number(String port) throws PlatformException {
    if (!port.matches("\\d{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
      throw invalid("a port is a number from 1 to 65535");
    }
    return Integer.parseInt(port);
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message);
  }
}
