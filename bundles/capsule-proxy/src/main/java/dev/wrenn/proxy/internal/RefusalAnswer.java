package dev.wrenn.proxy.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/** Answers in the guest's stead. */
final class RefusalAnswer {
  /**
   * Completes the callback.
   *
   * @param pump who reads what is left of the request, so that the client gets to read the answer
   */
  static void send(Refusal refusal, Visitor visitor, Response response, BodyPump pump, long lingerMillis, Callback callback) {
    try {
      boolean html = visitor.wantsHtml() && refusal.route().filter(Route::toAgent).isEmpty();
      byte[] body = (html ? RefusalPage.html(refusal) : RefusalPage.json(refusal)).getBytes(StandardCharsets.UTF_8);
      response.setStatus(refusal.status());
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, html ? "text/html;charset=utf-8" : "application/json");
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      if (refusal.e2b()) {
        response.getHeaders().put("Access-Control-Allow-Origin", "*");
      }
      if (refusal.status() == 429 || refusal.status() == 503) {
        response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
      }
      Content.Sink.write(response, true, visitor.isMethod(HttpMethod.HEAD) ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(body));
      pump.finish(lingerMillis);
      callback.succeeded();
    } catch (IOException clientGone) {
      callback.failed(new EofException(clientGone));
    }
  }

  private RefusalAnswer() {}
}
