package dev.wrenn.e2b.internal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** What every request of this API gets: a name, careful headers, and one line in the log. */
final class Exchange implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("dev.wrenn.e2b.requests");
  private static final Pattern ACCEPTABLE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final String HEADER = "X-Request-Id";
  private static final String KEY = "requestId";

  private final long begun = System.nanoTime();
  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final String id;

  private Exchange(HttpServletRequest request, HttpServletResponse response, String id) {
    this.request = request;
    this.response = response;
    this.id = id;
  }

  static Exchange begin(HttpServletRequest request, HttpServletResponse response) {
    String offered = request.getHeader(HEADER);
    String id = offered != null && ACCEPTABLE.matcher(offered).matches() ? offered : random();
    MDC.put(KEY, id);
    response.setHeader(HEADER, id);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-store");
    // Pages of any origin may use the API: it knows its callers by a key that they send, never by a cookie.
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Expose-Headers", "X-Next-Token, X-Total-Running, Retry-After, X-Request-Id");
    return new Exchange(request, response, id);
  }

  /** Answers a browser that asks before a request. */
  boolean preflight() {
    if (!request.getMethod().equals("OPTIONS")) {
      return false;
    }
    String headers = request.getHeader("Access-Control-Request-Headers");
    response.setHeader("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
    response.setHeader("Access-Control-Allow-Headers", headers == null ? "*" : headers);
    response.setHeader("Access-Control-Max-Age", "7200");
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
    return true;
  }

  @Override
  public void close() {
    // The raw path: what is encoded in it can't forge a line of the log.
    LOG.info("{} {} {} {} ms id={}", request.getMethod(), request.getRequestURI(), response.getStatus(), (System.nanoTime() - begun) / 1_000_000, id);
    MDC.remove(KEY);
  }

  private static String random() {
    byte[] bytes = new byte[8];
    ThreadLocalRandom.current().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
