package dev.wrenn.auth.internal;

import dev.wrenn.platform.Caller;
import java.util.UUID;

/**
 * Who was recognised just now. What this process changes in accounts and keys counts at once; what another one changes counts after
 * {@value #OLDEST_MILLIS} ms at the latest. Thread-safe.
 */
final class KnownCallers {
  private static final long FRESH_MILLIS = 1000;
  private static final long OLDEST_MILLIS = FRESH_MILLIS * 5 / 2;
  private final ShortCache<SessionTokens.Claims, Caller> sessions = new ShortCache<>(FRESH_MILLIS, OLDEST_MILLIS, System::nanoTime);
  private final ShortCache<String, Key> keys = new ShortCache<>(FRESH_MILLIS, OLDEST_MILLIS, System::nanoTime);

  record Key(UUID id, Caller caller) {}

  ShortCache<SessionTokens.Claims, Caller> sessions() {
    return sessions;
  }

  /** By the hash of the secret. */
  ShortCache<String, Key> keys() {
    return keys;
  }

  /** To be called after each change of an account, a membership, a team or a key, and when the store is another one. */
  void forget() {
    sessions.forget();
    keys.forget();
  }
}
