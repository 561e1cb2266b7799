package dev.wrenn.proxy.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * While the platform starts, the pages of one part may be there before the API is, and then the server says of the API's paths that there is nothing: a
 * client that asks for its capsule would take that for the capsule's end. The API itself gives each of its answers a request's id, the server does not.
 */
final class NotThereYet extends HttpStream.Wrapper {
  private static final String BY_THE_API = "X-Request-Id";

  NotThereYet(HttpStream stream) {
    super(stream);
  }

  static boolean concerns(String path) {
    return path != null && (path.startsWith("/v1/") || path.startsWith("/api/"));
  }

  @Override
  public void send(MetaData.Request request, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
    if (!last || response == null || response.getStatus() != HttpStatus.NOT_FOUND_404 || response.getHttpFields().contains(BY_THE_API)) {
      super.send(request, response, last, content, callback);
      return;
    }
    Refusal refusal = Refusal.starting();
    byte[] body = RefusalPage.bothForms(refusal).getBytes(StandardCharsets.UTF_8);
    HttpFields fields = HttpFields.build().put(HttpHeader.CONTENT_TYPE, "application/json").put(HttpHeader.CACHE_CONTROL, "no-store")
        .put(HttpHeader.RETRY_AFTER, Integer.toString(Refusal.AGAIN_SECONDS)).put(new HttpField(HttpHeader.CONTENT_LENGTH, Integer.toString(body.length)));
    ByteBuffer told = HttpMethod.HEAD.is(request.getMethod()) ? BufferUtil.EMPTY_BUFFER : ByteBuffer.wrap(body);
    super.send(request, new MetaData.Response(refusal.status(), null, response.getHttpVersion(), fields, body.length), true, told, callback);
  }
}
