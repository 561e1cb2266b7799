package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;

/** Finds out who sends a request. Thread-safe. */
public final class Guard {
  public static final String KEY_HEADER = "X-API-Key";
  public static final String TOKEN_HEADER = "Authorization";

  private static final String BEARER = "Bearer ";

  private final PlatformServices platform;

  public Guard(PlatformServices platform) {
    this.platform = platform;
  }

  /** By API key or session token; a key that is there decides alone. @throws PlatformException {@code UNAUTHORIZED}, {@code ACCOUNT_DEACTIVATED} */
  public Caller any(HttpServletRequest request) throws PlatformException {
    return any(request.getHeader(KEY_HEADER), request.getHeader(TOKEN_HEADER));
  }

  /** The same by the values of the two headers, either may be null. */
  public Caller any(String apiKey, String authorization) throws PlatformException {
    if (apiKey != null && !apiKey.isBlank()) {
      return platform.signIn().apiKey(apiKey.strip());
    }
    return platform.signIn().bearer(token(authorization, "send an API key as X-API-Key or a session token as Authorization: Bearer"));
  }

  /** By session token only. @throws PlatformException {@code UNAUTHORIZED}, {@code ACCOUNT_DEACTIVATED} */
  Caller session(HttpServletRequest request) throws PlatformException {
    return platform.signIn().bearer(
        token(request.getHeader(TOKEN_HEADER), "this needs a session token (POST /v1/auth/login), sent as Authorization: Bearer"));
  }

  /** A platform admin, by session token only. @throws PlatformException {@code UNAUTHORIZED}, {@code FORBIDDEN} */
  Caller admin(HttpServletRequest request) throws PlatformException {
    Caller caller = session(request);
    if (!caller.admin()) {
      throw new PlatformException(PlatformException.Code.FORBIDDEN, "only platform admins may do this");
    }
    return caller;
  }

  /** By API key or session token, and a key as a bearer token too: those who collect metrics can often send nothing else. */
  Caller watcher(HttpServletRequest request) throws PlatformException {
    String token = request.getHeader(TOKEN_HEADER);
    boolean bearer = request.getHeader(KEY_HEADER) == null && token != null;
    return bearer ? secret(token(token, "send an API key or a session token as Authorization: Bearer")) : any(request);
  }

  /** What a stream's first message brings: a session token, or an API key. */
  public Caller secret(String secret) throws PlatformException {
    boolean key = secret.startsWith("wrn_") || secret.startsWith("e2b_");
    return key ? platform.signIn().apiKey(secret) : platform.signIn().bearer(secret);
  }

  private static String token(String header, String hint) throws PlatformException {
    if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length()) || header.length() == BEARER.length()) {
      throw new PlatformException(PlatformException.Code.UNAUTHORIZED, hint);
    }
    return header.substring(BEARER.length()).strip();
  }
}
