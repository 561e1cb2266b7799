package dev.wrenn.proxy.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Words for requests that the listener itself refuses. Of most of them nothing is known, not even for whom they were: so the answer has
 * the form of REST and the proxy ({@code error}) and that of E2B's clients ({@code code}, {@code message}) at once.
 */
final class ListenerErrors implements Request.Handler {
  private final int maxHeadBytes;

  /** @param maxHeadBytes how long an address, and all headers together, may be */
  ListenerErrors(int maxHeadBytes) {
    this.maxHeadBytes = maxHeadBytes;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Refusal refusal = refusal(status, request.getAttribute(ErrorHandler.ERROR_MESSAGE));
    byte[] body = RefusalPage.bothForms(refusal).getBytes(StandardCharsets.UTF_8);
    response.setStatus(refusal.status());
    if (refusal.status() == HttpStatus.SERVICE_UNAVAILABLE_503) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, Refusal.AGAIN_SECONDS);
    }
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    boolean bodyless = HttpMethod.HEAD.is(request.getMethod()) || HttpStatus.hasNoBody(status);
    response.write(true, bodyless ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(body), callback);
    return true;
  }

  private Refusal refusal(int status, Object reason) {
    return switch (status) {
      case HttpStatus.URI_TOO_LONG_414 ->
          new Refusal(status, "uri_too_long", "the address is longer than " + maxHeadBytes + " bytes; send long values in the body", null);
      case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
          new Refusal(status, "headers_too_large", "the headers are longer than " + maxHeadBytes + " bytes together; send fewer or shorter ones", null);
      // The platform's own pages answer for every path, so that nobody does means that they are not there yet. A client that asks for its capsule
      // must not take that for the capsule's end.
      case HttpStatus.NOT_FOUND_404 -> Refusal.starting();
      default -> status >= 500
          ? new Refusal(status, "internal_error", "the request could not be served; the log of the platform says why", null)
          : new Refusal(status, "invalid_request", "the request was refused: " + (reason == null ? HttpStatus.getMessage(status) : reason), null);
    };
  }
}
