package dev.wrenn.rest.internal;

import dev.wrenn.faces.PlainRequest;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.IOException;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where exceptions become answers. Thread-safe. */
public final class ErrorMapper implements ExceptionMapper<Throwable> {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorMapper.class);

  @Context
  private HttpServletRequest request;

  @Override
  public Response toResponse(Throwable thrown) {
    Failure failure = failure(thrown);
    ErrorBody body = ErrorBody.of(failure, (String) request.getAttribute(PlainRequest.ACCEPT), request.getRequestURI(),
        (String) request.getAttribute(RequestId.KEY));
    Response.ResponseBuilder answer = Response.status(failure.status()).type(body.type()).entity(body.bytes());
    if (failure.retryAfterSec() > 0) {
      answer.header(HttpHeaders.RETRY_AFTER, failure.retryAfterSec());
    }
    if (thrown instanceof WebApplicationException web && web.getResponse().getHeaderString(HttpHeaders.ALLOW) != null) {
      answer.header(HttpHeaders.ALLOW, web.getResponse().getHeaderString(HttpHeaders.ALLOW));
    }
    return answer.build();
  }

  /** Also logs what the answer does not tell. */
  public static Failure failure(Throwable thrown) {
    return switch (thrown) {
      case PlatformException e -> {
        if (e.code().status() >= 500 && e.code() != PlatformException.Code.DISK_FULL) {
          LOG.warn("{}: {}", e.code().wire(), e.getMessage(), e);
        }
        yield Failure.of(e);
      }
      case GuestException e -> {
        if (Failure.of(e).status() >= 500) {
          LOG.warn("agent of a capsule: {}: {}", e.code(), e.getMessage(), e);
        }
        yield Failure.of(e);
      }
      case IOException e -> {
        LOG.debug("the client left before it had its answer: {}", e.toString());
        yield Failure.unexpected();
      }
      case WebApplicationException e when e.getResponse().getStatus() < 500 -> http(e.getResponse().getStatus());
      default -> {
        LOG.error("unexpected failure of a request", thrown);
        yield Failure.unexpected();
      }
    };
  }

  private static Failure http(int status) {
    return switch (status) {
      case 404 -> new Failure(404, "not_found", "there is nothing at this path; GET /openapi.yaml lists what there is", 0);
      case 405 -> new Failure(405, "method_not_allowed", "this path does not take that method; the Allow header names those it takes", 0);
      default -> {
        Response.Status known = Response.Status.fromStatusCode(status);
        yield new Failure(status, "invalid_request",
            "the request was refused" + (known == null ? "" : ": " + known.getReasonPhrase().toLowerCase(Locale.ROOT)), 0);
      }
    };
  }
}
