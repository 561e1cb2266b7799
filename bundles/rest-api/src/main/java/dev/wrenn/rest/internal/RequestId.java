package dev.wrenn.rest.internal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Names a request in its answer and in every log line about it. */
public final class RequestId {
  public static final String HEADER = "X-Request-Id";
  /** Request attribute and key of the logging context. */
  public static final String KEY = "requestId";

  private static final Pattern ACCEPTABLE = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private RequestId() {}

  /** Gives a request its name, in its attributes and its answer, when it has none yet. */
  static String ensure(HttpServletRequest request, HttpServletResponse response) {
    if (request.getAttribute(KEY) instanceof String known) {
      return known;
    }
    String id = of(request.getHeader(HEADER));
    request.setAttribute(KEY, id);
    response.setHeader(HEADER, id);
    return id;
  }

  /** The caller's own name when it is harmless to log, else a new one. */
  static String of(String offered) {
    return offered != null && ACCEPTABLE.matcher(offered).matches() ? offered : random();
  }

  private static String random() {
    byte[] bytes = new byte[8];
    ThreadLocalRandom.current().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
