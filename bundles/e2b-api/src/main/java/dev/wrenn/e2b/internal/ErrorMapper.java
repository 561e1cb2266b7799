package dev.wrenn.e2b.internal;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;

/** The one place where exceptions become answers. Thread-safe. */
public final class ErrorMapper implements ExceptionMapper<Throwable> {
  @Override
  public Response toResponse(Throwable thrown) {
    Failure failure = Failure.of(thrown);
    Response.ResponseBuilder answer = Response.status(failure.status()).type(Json.TYPE).entity(Json.write(failure.body()));
    if (failure.retryAfterSec() > 0) {
      answer.header(HttpHeaders.RETRY_AFTER, failure.retryAfterSec());
    }
    return answer.build();
  }
}
