package dev.wrenn.platform;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** API keys of the caller's team. Thread-safe. */
@ProviderType
public interface ApiKeyService {
  /** Makes a key; its secret is told this once. @throws PlatformException {@code INVALID_REQUEST} for a name over 100 characters */
  NewApiKey create(Caller caller, Optional<String> name) throws PlatformException;

  /** Newest first. */
  List<ApiKey> list(Caller caller) throws PlatformException;

  /** Idempotent. @throws PlatformException {@code INVALID_REQUEST} for a malformed id */
  void revoke(Caller caller, String id) throws PlatformException;

  /** @param prefix the first characters of the secret, to recognise it */
  record ApiKey(
      String id, String teamId, String name, String prefix, String createdBy, Optional<String> creatorEmail, Instant createdAt,
      Optional<Instant> lastUsed) {}

  /** @param secret the whole key, {@code wrn_…}; never stored */
  record NewApiKey(ApiKey key, String secret) {
    private static final String PREFIX = "wrn_";

    /** The same key as clients of E2B want it spelled, {@code e2b_…}. */
    public String e2bSecret() {
      return secret.startsWith(PREFIX) ? "e2b_" + secret.substring(PREFIX.length()) : secret;
    }

    @Override
    public String toString() {
      return "NewApiKey[" + key + ", …]";
    }
  }
}
