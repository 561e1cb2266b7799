package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;

/** Finds out who sends a request. Thread-safe. */
final class Guard {
  private static final String BEARER = "Bearer ";

  private final PlatformServices platform;

  Guard(PlatformServices platform) {
    this.platform = platform;
  }

  /** By API key, or by a session token where there is no key. @throws PlatformException {@code UNAUTHORIZED}, {@code ACCOUNT_DEACTIVATED} */
  Caller caller(HttpServletRequest request) throws PlatformException {
    String key = request.getHeader("X-API-Key");
    if (key != null && !key.isBlank()) {
      return platform.signIn().apiKey(key.strip());
    }
    String authorization = request.getHeader("Authorization");
    if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length()) || authorization.length() == BEARER.length()) {
      throw new PlatformException(PlatformException.Code.UNAUTHORIZED, "send an API key as X-API-Key: set E2B_API_KEY to a key of this platform");
    }
    return platform.signIn().bearer(authorization.substring(BEARER.length()).strip());
  }
}
