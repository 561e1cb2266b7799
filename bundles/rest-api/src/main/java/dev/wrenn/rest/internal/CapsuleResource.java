package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.Processes;
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
import java.time.Instant;

/** One capsule, and the commands and processes in it. */
@Path("/capsules/{id}")
public final class CapsuleResource {
  private static final int USUAL_LOG_BYTES = 1 << 16;
  private static final int MOST_LOG_BYTES = 1 << 20;

  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;
  private final ExecCall exec;

  CapsuleResource(PlatformServices platform, Guard guard, RestConfig config, ExecCall exec) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
    this.exec = exec;
  }

  @GET
  public Response get(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, Views.CapsuleView.of(platform.capsules().get(caller, id)));
  }

  @DELETE
  public Response destroy(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = guard.any(request);
    platform.capsules().destroy(caller, id);
    return Reply.nothing();
  }

  @POST
  @Path("/ping")
  public Response ping(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = guard.any(request);
    platform.capsules().ping(caller, id);
    return Reply.nothing();
  }

  @POST
  @Path("/pause")
  public Response pause(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, Views.CapsuleView.of(platform.capsules().pause(caller, id)));
  }

  /** With {@code ?cold=true} it boots from its disk, without its memory. */
  @POST
  @Path("/resume")
  public Response resume(@Context HttpServletRequest request, @PathParam("id") String id, @QueryParam("cold") boolean cold) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, Views.CapsuleView.of(platform.capsules().resume(caller, id, cold)));
  }

  /** Answers with what came of each copy: a capsule or an error. */
  @POST
  @Path("/fork")
  public Response fork(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = guard.any(request);
    Integer count = Wire.readOptional(body, config.maxBodyBytes(), Requests.Fork.class).map(Requests.Fork::count).orElse(1);
    return Reply.json(201, new Views.Copies(platform.capsules().fork(caller, id, count).stream().map(Views.Copy::of).toList()));
  }

  /** Ends a running capsule so many seconds from now, whatever it does. */
  @POST
  @Path("/lifetime")
  public Response lifetime(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Caller caller = guard.any(request);
    Integer seconds = Wire.read(body, config.maxBodyBytes(), Requests.Lifetime.class).lifetimeSec();
    if (seconds == null || seconds < 0) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "lifetime_sec must be a whole number of seconds from now, 0 or more");
    }
    return Reply.json(200, Views.CapsuleView.of(platform.capsules().endAt(caller, id, Instant.now().plusSeconds(seconds))));
  }

  @GET
  @Path("/history")
  public Response history(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.json(200, platform.capsules().history(caller, id).stream().map(Views.Change::of).toList());
  }

  @GET
  @Path("/metrics")
  public Response metrics(@Context HttpServletRequest request, @PathParam("id") String id, @QueryParam("range") String range)
      throws PlatformException {
    Caller caller = guard.any(request);
    String wanted = Commands.blank(range) ? "10m" : range;
    return Reply.json(200, MetricViews.Metrics.of(id, wanted, platform.metrics().capsule(caller, id, wanted)));
  }

  /** The end of what kernel and agent wrote, as text. */
  @GET
  @Path("/logs")
  public Response logs(@Context HttpServletRequest request, @PathParam("id") String id, @QueryParam("bytes") String bytes)
      throws PlatformException {
    Caller caller = guard.any(request);
    return Reply.text(platform.capsules().console(caller, id, Commands.blank(bytes) ? USUAL_LOG_BYTES : logBytes(bytes)));
  }

  private static int logBytes(String bytes) throws PlatformException {
    if (!bytes.matches("\\d{1,7}") || Integer.parseInt(bytes) < 1 || Integer.parseInt(bytes) > MOST_LOG_BYTES) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "bytes must be a number from 1 to " + MOST_LOG_BYTES);
    }
    return Integer.parseInt(bytes);
  }

  @POST
  @Path("/exec")
  public Response exec(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body)
      throws PlatformException, GuestException {
    Caller caller = guard.any(request);
    ExecCall.Result result = exec.run(caller, id, body);
    return Reply.json(result.status(), result.view());
  }

  @GET
  @Path("/processes")
  public Response list(@Context HttpServletRequest request, @PathParam("id") String id) throws PlatformException, GuestException {
    Caller caller = guard.any(request);
    Processes processes = platform.capsules().processes(caller, id);
    return Reply.json(200, new Views.ProcessList(processes.list().stream().map(Views.ProcessView::of).toList()));
  }

  @DELETE
  @Path("/processes/{selector}")
  public Response signal(
      @Context HttpServletRequest request, @PathParam("id") String id, @PathParam("selector") String selector,
      @QueryParam("signal") String signal) throws PlatformException, GuestException {
    Caller caller = guard.any(request);
    Processes processes = platform.capsules().processes(caller, id);
    processes.signal(ProcessSelector.parse(selector), "SIGTERM".equals(signal) ? Processes.Signal.TERM : Processes.Signal.KILL);
    return Reply.nothing();
  }
}
