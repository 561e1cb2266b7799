package dev.wrenn.rest.internal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Failures as response bodies: the API's own shape, or problem+json for who asks for that. */
public final class ErrorBody {
  static final String PROBLEM = "application/problem+json";

  private final String type;
  private final Object value;

  private ErrorBody(String type, Object value) {
    this.type = type;
    this.value = value;
  }

  static ErrorBody of(Failure failure, String accept, String path, String requestId) {
    if (accept == null || !accept.contains(PROBLEM)) {
      Map<String, Object> error = new LinkedHashMap<>();
      error.put("code", failure.code());
      error.put("message", failure.message());
      return new ErrorBody(Wire.JSON, Map.of("error", error));
    }
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "about:blank");
    problem.put("title", failure.code().replace('_', ' '));
    problem.put("status", failure.status());
    problem.put("detail", failure.message());
    problem.put("instance", path);
    problem.put("code", failure.code());
    problem.put("request_id", requestId);
    return new ErrorBody(PROBLEM, problem);
  }

  /** Answers outside of JAX-RS. */
  public static void send(Failure failure, HttpServletRequest request, HttpServletResponse response) throws IOException {
    ErrorBody body = of(failure, request.getHeader("Accept"), request.getRequestURI(), (String) request.getAttribute(RequestId.KEY));
    response.setStatus(failure.status());
    response.setContentType(body.type);
    if (failure.retryAfterSec() > 0) {
      response.setIntHeader("Retry-After", failure.retryAfterSec());
    }
    byte[] bytes = Wire.write(body.value);
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }

  String type() {
    return type;
  }

  byte[] bytes() {
    return Wire.write(value);
  }
}
