package dev.wrenn.rest.internal.transfer;

import dev.wrenn.faces.Leftover;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.Files;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.rest.internal.ErrorBody;
import dev.wrenn.rest.internal.ErrorMapper;
import dev.wrenn.rest.internal.Failure;
import dev.wrenn.rest.internal.FileEntries;
import dev.wrenn.rest.internal.FileFailures;
import dev.wrenn.rest.internal.Guard;
import dev.wrenn.rest.internal.PlatformServices;
import dev.wrenn.rest.internal.Requests;
import dev.wrenn.rest.internal.RestConfig;
import dev.wrenn.rest.internal.Traffic;
import dev.wrenn.rest.internal.Wire;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of files, in and out. It bypasses JAX-RS, because a transfer that fails after its first bytes must not end like one that
 * succeeded: the connection is broken off. Thread-safe.
 */
public final class TransferDoor {
  /** Paths below a mount point with their methods; the contract test reads them too. */
  public static final Map<String, Set<String>> PATHS = Map.of(
      "/capsules/{id}/files/write", Set.of("POST"),
      "/capsules/{id}/files/read", Set.of("POST"),
      "/capsules/{id}/files/stream/write", Set.of("POST"),
      "/capsules/{id}/files/stream/read", Set.of("POST"),
      "/capsules/{id}/files/raw", Set.of("GET", "HEAD", "PUT"));

  private static final long MOST_LEFT = 64L << 20;

  private static final Failure SILENT = new Failure(408, "request_timeout",
      "nothing of the file came for so long that the upload was given up; nothing of it stays, begin anew", 0);

  private static final Pattern PATH = Pattern.compile("/capsules/([^/]+)(/files/(?:write|read|stream/write|stream/read|raw))");

  private final PlatformServices platform;
  private final Guard guard;
  private final RestConfig config;
  private final Traffic traffic;

  public TransferDoor(PlatformServices platform, Guard guard, RestConfig config, Traffic traffic) {
    this.platform = platform;
    this.guard = guard;
    this.config = config;
    this.traffic = traffic;
  }

  /**
   * @return false when the request is not for the content of a file; else it has been answered
   * @throws IOException when the answer can't be completed: the container breaks the connection off then
   */
  public boolean serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Matcher path = PATH.matcher(request.getPathInfo() == null ? "" : request.getPathInfo());
    if (!path.matches()) {
      return false;
    }
    Set<String> methods = PATHS.get("/capsules/{id}" + path.group(2));
    if (!methods.contains(request.getMethod())) {
      response.setHeader("Allow", String.join(", ", new TreeSet<>(methods)));
      ErrorBody.send(new Failure(405, "method_not_allowed", "this path does not take that method; the Allow header names those it takes", 0),
          request, response);
      return true;
    }
    try {
      transfer(request, response, path.group(1), path.group(2));
    } catch (IOException e) {
      if (isSilence(e) && !response.isCommitted()) {
        ErrorBody.send(SILENT, request, response);
      } else {
        fail(FormException.in(e).orElseThrow(() -> e), request, response);
      }
    } catch (PlatformException e) {
      fail(e, request, response);
    } catch (GuestException e) {
      fail(FileFailures.of(e), request, response);
    }
    return true;
  }

  private void transfer(HttpServletRequest request, HttpServletResponse response, String capsule, String operation)
      throws PlatformException, GuestException, IOException {
    Files files = platform.capsules().files(guard.any(request), capsule);
    switch (operation) {
      case "/files/write" -> {
        long limit = config.fileWriteMaxBytes();
        if (request.getContentLengthLong() > limit) {
          throw Bounded.tooLarge(limit);
        }
        upload(request, new Bounded(request.getInputStream(), limit)).form(files);
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
      }
      case "/files/stream/write" -> {
        upload(request, request.getInputStream()).form(files);
        response.setStatus(HttpServletResponse.SC_NO_CONTENT);
      }
      case "/files/raw" -> raw(files, request, response);
      default -> {
        String path = Wire.read(request.getInputStream(), config.maxBodyBytes(), Requests.FilePath.class).path();
        download(files, FileFailures.path(path), false, request, response);
      }
    }
  }

  private void raw(Files files, HttpServletRequest request, HttpServletResponse response)
      throws PlatformException, GuestException, IOException {
    if (request.getMethod().equals("PUT")) {
      FileEntry entry = upload(request, request.getInputStream()).raw(files);
      byte[] answer = Wire.write(FileEntries.OneEntry.of(entry));
      response.setContentType(Wire.JSON);
      response.setContentLength(answer.length);
      response.getOutputStream().write(answer);
    } else {
      download(files, FileFailures.path(Upload.queryPath(request).orElse(null)), true, request, response);
    }
  }

  private Upload upload(HttpServletRequest request, InputStream body) {
    return new Upload(request, traffic.incoming(body));
  }

  private void download(Files files, String path, boolean raw, HttpServletRequest request, HttpServletResponse response)
      throws PlatformException, GuestException, IOException {
    Download download = new Download(request, response);
    try {
      download.send(files, path, raw);
    } finally {
      traffic.sent(download.sent());
    }
  }

  /** Whether the container gave up waiting for the client. */
  private static boolean isSilence(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof TimeoutException) {
        return true;
      }
    }
    return false;
  }

  private void fail(PlatformException e, HttpServletRequest request, HttpServletResponse response) throws IOException {
    if (response.isCommitted()) {
      throw new IOException("the transfer broke off: " + e.getMessage(), e);
    }
    Failure failure = ErrorMapper.failure(e);
    ErrorBody.send(failure, request, response);
    Leftover.drain(request, response, MOST_LEFT);
  }
}
