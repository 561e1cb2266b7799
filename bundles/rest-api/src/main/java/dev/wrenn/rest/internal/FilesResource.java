package dev.wrenn.rest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.files.Files;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** The file system of a capsule, without the content of files. */
@Path("/capsules/{id}/files")
public final class FilesResource {
  private static final long LARGEST_DEPTH = 0xFFFF_FFFFL;
  private static final int LARGEST_MODE = 0_7777;

  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;

  FilesResource(PlatformServices platform, Guard guard, RestConfig config) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
  }

  @POST
  @Path("/list")
  public Response list(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body)
      throws PlatformException, GuestException {
    Files files = files(request, id);
    Requests.FileListing wanted = read(body, Requests.FileListing.class);
    String path = FileFailures.path(wanted.path());
    long depth = wanted.depth() == null || wanted.depth() == 0 ? 1 : wanted.depth();
    if (depth < 0 || depth > LARGEST_DEPTH) {
      throw invalid("depth must be a whole number from 0 to " + LARGEST_DEPTH);
    }
    try {
      return Reply.json(200, FileEntries.EntryList.of(files.list(path, (int) Math.min(depth, Integer.MAX_VALUE))));
    } catch (GuestException e) {
      if (e.code() == GuestException.Code.NO_CAPACITY) {
        throw invalid(path + " holds too many entries for one answer; ask for less depth, or for a directory below it");
      }
      throw e;
    }
  }

  @POST
  @Path("/stat")
  public Response stat(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Files files = files(request, id);
    String path = path(body);
    return one(() -> FileEntries.OneEntry.of(files.stat(path)));
  }

  @POST
  @Path("/mkdir")
  public Response makeDirectory(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body)
      throws PlatformException {
    Files files = files(request, id);
    String path = path(body);
    return one(() -> FileEntries.OneEntry.of(files.makeDirectory(path)));
  }

  @POST
  @Path("/remove")
  public Response remove(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body)
      throws PlatformException, GuestException {
    Files files = files(request, id);
    files.remove(path(body));
    return Reply.nothing();
  }

  @POST
  @Path("/move")
  public Response move(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Files files = files(request, id);
    Requests.FileMove order = read(body, Requests.FileMove.class);
    String source = FileFailures.path("source", order.source());
    String destination = FileFailures.path("destination", order.destination());
    return one(() -> FileEntries.OneEntry.of(files.move(source, destination)));
  }

  @POST
  @Path("/copy")
  public Response copy(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Files files = files(request, id);
    Requests.FileMove order = read(body, Requests.FileMove.class);
    String source = FileFailures.path("source", order.source());
    String destination = FileFailures.path("destination", order.destination());
    return one(() -> FileEntries.OneEntry.of(files.copy(source, destination)));
  }

  @POST
  @Path("/chmod")
  public Response changeMode(@Context HttpServletRequest request, @PathParam("id") String id, InputStream body) throws PlatformException {
    Files files = files(request, id);
    Requests.FileMode order = read(body, Requests.FileMode.class);
    String path = FileFailures.path(order.path());
    int mode = mode(order.mode());
    return one(() -> FileEntries.OneEntry.of(files.chmod(path, mode, Boolean.TRUE.equals(order.recursive()))));
  }

  private static int mode(JsonNode mode) throws PlatformException {
    int bits = -1;
    if (mode != null && mode.isTextual() && mode.textValue().matches("[0-7]{1,5}")) {
      bits = Integer.parseInt(mode.textValue(), 8);
    } else if (mode != null && mode.isInt()) {
      bits = mode.intValue();
    }
    if (bits < 0 || bits > LARGEST_MODE) {
      throw invalid("mode must be the permission bits: a string in octal such as \"755\", or a number from 0 to " + LARGEST_MODE);
    }
    return bits;
  }

  private static Response one(FileFailures.Call<FileEntries.OneEntry> call) throws PlatformException {
    return Reply.json(200, FileFailures.calling(call));
  }

  private Files files(HttpServletRequest request, String id) throws PlatformException {
    return platform.capsules().files(guard.any(request), id);
  }

  private String path(InputStream body) throws PlatformException {
    return FileFailures.path(read(body, Requests.FilePath.class).path());
  }

  private <T> T read(InputStream body, Class<T> type) throws PlatformException {
    return Wire.read(body, config.maxBodyBytes(), type);
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message);
  }
}
