package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers those who watch the platform: whether it lives, whether it is ready, and its metrics. Thread-safe. */
final class Vitals {
  private final PlatformServices platform;
  private final Guard guard;
  private final Monitoring monitoring;
  private final String version;
  private final boolean openToLoopback;

  Vitals(PlatformServices platform, Traffic traffic, RestConfig config, String version) {
    this.platform = platform;
    this.guard = new Guard(platform);
    this.monitoring = new Monitoring(platform, traffic);
    this.version = version;
    this.openToLoopback = config.metricsOpenToLoopback();
  }

  /** It answers, so it lives; whatever else is missing is no reason to restart it. */
  void live(HttpServletResponse response) throws IOException {
    write(response, Wire.JSON, Wire.write(new Views.Health("ok", version, null)));
  }

  /** Whether every part is there. */
  void health(HttpServletResponse response) throws IOException {
    state(platform.missing(), response);
  }

  /** Whether every part is there and the store answers. */
  void ready(HttpServletResponse response) throws IOException {
    state(platform.unready(), response);
  }

  private void state(List<String> missing, HttpServletResponse response) throws IOException {
    boolean ready = missing.isEmpty();
    response.setStatus(ready ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    if (!ready) {
      response.setIntHeader("Retry-After", 1);
    }
    response.setHeader("Cache-Control", "no-store");
    write(response, Wire.JSON, Wire.write(new Views.Health(ready ? "ok" : "starting", version, ready ? null : missing)));
  }

  void metrics(HttpServletRequest request, HttpServletResponse response) throws IOException {
    try {
      byte[] text = monitoring.text(watcher(request)).getBytes(StandardCharsets.UTF_8);
      write(response, Exposition.TYPE, text);
    } catch (PlatformException e) {
      ErrorBody.send(ErrorMapper.failure(e), request, response);
    }
  }

  private Caller watcher(HttpServletRequest request) throws PlatformException, IOException {
    if (openToLoopback && request.getHeader(Guard.KEY_HEADER) == null && request.getHeader(Guard.TOKEN_HEADER) == null && near(request)) {
      return platform.signIn().operator();
    }
    return guard.watcher(request);
  }

  /** Whether the request comes from this machine itself and not through a proxy on it. */
  private static boolean near(HttpServletRequest request) throws IOException {
    return request.getHeader("X-Forwarded-For") == null && request.getHeader("Forwarded") == null
        && InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress();
  }

  private static void write(HttpServletResponse response, String type, byte[] bytes) throws IOException {
    response.setContentType(type);
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }
}
