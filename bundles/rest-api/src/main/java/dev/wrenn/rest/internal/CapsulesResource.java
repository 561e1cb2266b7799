package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Optional;
import java.util.regex.Pattern;

/** Capsules of the caller's team. */
@Path("/capsules")
public final class CapsulesResource {
  private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;

  CapsulesResource(PlatformServices platform, Guard guard, RestConfig config) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
  }

  @POST
  public Response create(@Context HttpServletRequest request, InputStream body) throws PlatformException {
    Caller caller = guard.any(request);
    Optional<String> key = idempotencyKey(request.getHeader("Idempotency-Key"));
    Requests.NewCapsule wanted = Wire.read(body, config.maxBodyBytes(), Requests.NewCapsule.class);
    CapsuleService.NewCapsule order = new CapsuleService.NewCapsule(
        Optional.ofNullable(wanted.template()).filter(name -> !name.isEmpty()), positive(wanted.vcpus()), positive(wanted.memoryMb()),
        Optional.ofNullable(wanted.timeoutSec()).map(seconds -> Math.max(0, seconds)), positive(wanted.diskMb()));
    return Reply.json(201, Views.CapsuleView.of(platform.capsules().create(caller, order, key)));
  }

  @GET
  public Response list(@Context HttpServletRequest request, @QueryParam("ended") String ended) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, platform.capsules().list(caller, "true".equals(ended)).stream().map(Views.CapsuleView::of).toList());
  }

  private static Optional<String> idempotencyKey(String header) throws PlatformException {
    if (header != null && !IDEMPOTENCY_KEY.matcher(header).matches()) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    return Optional.ofNullable(header);
  }

  /** On this API a size of nothing or less asks for the default. */
  private static Optional<Integer> positive(Integer number) {
    return Optional.ofNullable(number).filter(n -> n > 0);
  }
}
