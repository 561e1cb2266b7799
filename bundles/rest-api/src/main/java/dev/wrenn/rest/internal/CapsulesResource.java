package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Capsules of the caller's team. */
@Path("/capsules")
public final class CapsulesResource {
  private static final Logger LOG = LoggerFactory.getLogger(CapsulesResource.class);
  private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  private final PlatformServices platform;
  private final Guard guard;
  private final Listing listing;
  private final RestConfig config;

  CapsulesResource(PlatformServices platform, Guard guard, Listing listing, RestConfig config) {
    this.platform = platform;
    this.guard = guard;
    this.listing = listing;
    this.config = config;
  }

  @POST
  public Response create(@Context HttpServletRequest request, InputStream body) throws PlatformException {
    Caller caller = guard.any(request);
    Optional<String> key = idempotencyKey(request.getHeader("Idempotency-Key"));
    Requests.NewCapsule wanted = Wire.read(body, config.maxBodyBytes(), Requests.NewCapsule.class);
    CapsuleService.NewCapsule order = new CapsuleService.NewCapsule(
        Optional.ofNullable(wanted.template()).filter(name -> !name.isEmpty()), positive(wanted.vcpus()), positive(wanted.memoryMb()),
        Optional.ofNullable(wanted.timeoutSec()).map(seconds -> Math.max(0, seconds)), positive(wanted.diskMb()),
        positive(wanted.lifetimeSec()).map(Duration::ofSeconds), options(wanted));
    Capsule made = platform.capsules().create(caller, order, key);
    LOG.info("{} made:{}", made.id(), made.steps().stream()
        .map(step -> String.format(Locale.ROOT, " %s %.1f ms", step.name(), step.millis())).collect(Collectors.joining(",")));
    return Reply.json(201, Views.CapsuleView.of(made));
  }

  @GET
  public Response list(@Context HttpServletRequest request, @QueryParam("ended") String ended) throws PlatformException {
    Listing.Page page = listing.of(guard.any(request), "true".equals(ended));
    return Response.ok(page.json(), Wire.JSON).header(HttpHeaders.ETAG, page.tag()).build();
  }

  private static Optional<String> idempotencyKey(String header) throws PlatformException {
    if (header != null && !IDEMPOTENCY_KEY.matcher(header).matches()) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    return Optional.ofNullable(header);
  }

  private static CapsuleOptions options(Requests.NewCapsule wanted) throws PlatformException {
    CapsuleOptions usual = CapsuleOptions.DEFAULT;
    return new CapsuleOptions(strings("labels", wanted.labels()), strings("envs", wanted.envs()),
        wanted.egress() == null ? usual.egress() : wanted.egress(),
        wanted.publicPorts() == null ? usual.publicPorts() : wanted.publicPorts(), usual.secured())
        .over(then("on_end", wanted.onEnd(), usual.onEnd()), then("on_idle", wanted.onIdle(), usual.onIdle()), Boolean.TRUE.equals(wanted.wake()));
  }

  private static Then then(String field, String word, Then usual) throws PlatformException {
    if (word == null) {
      return usual;
    }
    return Then.of(word).orElseThrow(() -> new PlatformException(PlatformException.Code.INVALID_REQUEST, field + " must be pause or end"));
  }

  private static Map<String, String> strings(String field, Map<String, String> map) throws PlatformException {
    if (map == null) {
      return Map.of();
    }
    if (map.containsValue(null)) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, field + " must hold strings, not null");
    }
    return map;
  }

  /** On this API a size of nothing or less asks for the default. */
  private static Optional<Integer> positive(Integer number) {
    return Optional.ofNullable(number).filter(n -> n > 0);
  }
}
