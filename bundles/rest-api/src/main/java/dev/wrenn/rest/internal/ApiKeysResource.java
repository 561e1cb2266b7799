package dev.wrenn.rest.internal;

import dev.wrenn.platform.ApiKeyService.NewApiKey;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Optional;

/** API keys of the caller's team; only a signed-in person may handle them. */
@Path("/api-keys")
public final class ApiKeysResource {
  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;

  ApiKeysResource(PlatformServices platform, Guard guard, RestConfig config) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
  }

  @POST
  public Response create(@Context HttpServletRequest request, InputStream body) throws PlatformException {
    Caller caller = guard.session(request);
    String name = Wire.read(body, config.maxBodyBytes(), Requests.NewKey.class).name();
    NewApiKey made = platform.apiKeys().create(caller, Optional.ofNullable(name).filter(n -> !n.isEmpty()));
    return Reply.json(201, Views.Key.of(made.key(), made.secret()));
  }

  @GET
  public Response list(@Context HttpServletRequest request) throws PlatformException {
    Caller caller = guard.session(request);
    return Reply.json(200, platform.apiKeys().list(caller).stream().map(key -> Views.Key.of(key, null)).toList());
  }

  @DELETE
  @Path("/{id}")
  public Response revoke(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    platform.apiKeys().revoke(guard.session(request), id);
    return Reply.nothing();
  }
}
