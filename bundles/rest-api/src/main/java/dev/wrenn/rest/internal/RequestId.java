package dev.wrenn.rest.internal;

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
