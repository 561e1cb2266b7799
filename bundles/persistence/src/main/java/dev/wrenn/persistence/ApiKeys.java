package dev.wrenn.persistence;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** API keys; of the secrets only hashes are known. */
@ProviderType
public interface ApiKeys {
  Optional<ApiKeyRecord> findBySecretHash(String hash);

  /** Newest first. */
  List<ApiKeyRecord> ofTeam(UUID team);

  /** @throws StoreException {@code DUPLICATE} */
  void insert(ApiKeyRecord key);

  /** Only a key of that team. Idempotent. @return whether there was one */
  boolean delete(UUID team, UUID id);

  /** Notes when keys were used, all in one transaction; unknown keys are left out. */
  void used(Map<UUID, Instant> when);
}
