package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** Session tokens. */
@Path("/auth")
public final class LoginResource {
  private final PlatformServices platform;
  private final RestConfig config;

  LoginResource(PlatformServices platform, RestConfig config) {
    this.platform = platform;
    this.config = config;
  }

  @POST
  @Path("/login")
  public Response login(InputStream body) throws PlatformException {
    Requests.Login login = Wire.read(body, config.maxBodyBytes(), Requests.Login.class);
    if (login.email() == null || login.email().isBlank() || login.password() == null || login.password().isEmpty()) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "email and password are both required");
    }
    SignIn.Session session = platform.signIn().login(login.email(), login.password());
    return Reply.json(200, new Views.Session(session.token(), session.userId(), session.teamId(), session.email(), session.name()));
  }
}
