package dev.wrenn.platform;

import org.osgi.annotation.versioning.ProviderType;

/** Recognises callers. Thread-safe. */
@ProviderType
public interface SignIn {
  /** @throws PlatformException {@code UNAUTHORIZED} (same answer for unknown e-mail and wrong password), {@code RATE_LIMITED} */
  Session login(String email, String password) throws PlatformException;

  /** The caller of a session token. @throws PlatformException {@code UNAUTHORIZED}, {@code ACCOUNT_DEACTIVATED} */
  Caller bearer(String token) throws PlatformException;

  /** The caller of an API key, {@code wrn_…} or {@code e2b_…}. @throws PlatformException {@code UNAUTHORIZED}, {@code ACCOUNT_DEACTIVATED} */
  Caller apiKey(String key) throws PlatformException;

  /**
   * The person at the machine's own shell: a platform admin who acts for the first admin's team.
   *
   * @throws PlatformException {@code UNAVAILABLE} before the first admin exists
   */
  Caller operator() throws PlatformException;

  /** @param token a JWT; a secret */
  record Session(String token, String userId, String teamId, String email, String name) {}
}
