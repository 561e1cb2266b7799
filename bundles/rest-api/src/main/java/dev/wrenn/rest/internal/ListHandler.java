package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.MDC;

/**
 * The call that clients make most, {@code GET /capsules} as it stands. It is answered before the servlets, whose way, and that of JAX-RS behind
 * them, takes longer than the answer; what is refused and what is answered is decided where they have it decided, too. Thread-safe.
 */
final class ListHandler extends Handler.Abstract {
  private static final String PATH = "/v1/capsules";
  private static final String OTHER_PATH = "/api/v1/capsules";
  private static final List<HttpField> CAREFUL = careful();
  private static final HttpField JSON = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, Wire.JSON);

  private final Guard guard;
  private final Listing listing;
  private final Traffic traffic;
  private final RequestLines lines;

  ListHandler(PlatformServices platform, Traffic traffic, RequestLines lines) {
    this.guard = new Guard(platform);
    this.listing = new Listing(platform);
    this.traffic = traffic;
    this.lines = lines;
  }

  private static List<HttpField> careful() {
    List<HttpField> fields = new ArrayList<>();
    CarefulHeaders.to((name, value) -> fields.add(new PreEncodedHttpField(name, value)));
    return List.copyOf(fields);
  }

  /** @return false when the request is another one; else it has been answered */
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getPath();
    if (!PATH.equals(path) && !OTHER_PATH.equals(path) || request.getHttpURI().getQuery() != null || !"GET".equals(request.getMethod())) {
      return false;
    }
    long begin = System.nanoTime();
    String id = RequestId.of(request.getHeaders().get(RequestId.HEADER));
    response.getHeaders().put(RequestId.HEADER, id);
    CAREFUL.forEach(response.getHeaders()::put);
    MDC.put(RequestId.KEY, id);
    try {
      answer(request, response, callback);
    } catch (PlatformException | RuntimeException e) {
      refuse(ErrorMapper.failure(e), request, id, response, callback);
    } finally {
      long nanos = System.nanoTime() - begin;
      traffic.answered(request.getMethod(), response.getStatus(), nanos);
      lines.add(request.getMethod(), path, response.getStatus(), nanos, true, id);
      MDC.remove(RequestId.KEY);
    }
    return true;
  }

  private void answer(Request request, Response response, Callback callback) throws PlatformException {
    Listing.Page page = listing.of(guard.any(request.getHeaders().get(Guard.KEY_HEADER), request.getHeaders().get(Guard.TOKEN_HEADER)), false);
    String known = request.getHeaders().get(HttpHeader.IF_NONE_MATCH);
    response.getHeaders().put(HttpHeader.ETAG, page.tag());
    if (known != null && (known.contains(page.tag()) || known.equals("*"))) {
      response.setStatus(HttpStatus.NOT_MODIFIED_304);
      callback.succeeded();
      return;
    }
    response.setStatus(HttpStatus.OK_200);
    response.getHeaders().put(JSON);
    send(page.json(), response, callback);
  }

  private static void refuse(Failure failure, Request request, String id, Response response, Callback callback) {
    ErrorBody body = ErrorBody.of(failure, request.getHeaders().get(HttpHeader.ACCEPT), request.getHttpURI().getPath(), id);
    response.setStatus(failure.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, body.type());
    if (failure.retryAfterSec() > 0) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, failure.retryAfterSec());
    }
    send(body.bytes(), response, callback);
  }

  private static void send(byte[] body, Response response, Callback callback) {
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
