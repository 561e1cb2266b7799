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

/** One capsule, and the commands and processes in it. */
@Path("/capsules/{id}")
public final class CapsuleResource {
  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;
  private final Execution execution;

  CapsuleResource(PlatformServices platform, Guard guard, RestConfig config, Execution execution) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
    this.execution = execution;
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
  @Path("/exec")
  public Response exec(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body)
      throws PlatformException, GuestException {
    Caller caller = guard.any(request);
    Requests.Exec command = Wire.read(body, config.maxBodyBytes(), Requests.Exec.class);
    ExecOrder order = ExecOrder.of(command, config.execTimeoutSeconds());
    Processes processes = platform.capsules().processes(caller, id);
    return order.background()
        ? Reply.json(202, execution.start(processes, id, order))
        : Reply.json(200, execution.run(processes, id, order));
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
