package dev.wrenn.persistence;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** What capsules used, kept for the time in which no host can be asked. The store doesn't read the text. */
@ProviderType
public interface KeptMetrics {
  /** Takes the place of what is kept of these tiers. @throws StoreException {@code FAILED} for an unknown capsule */
  void put(UUID capsule, Map<String, String> pointsByTier);

  Optional<String> find(UUID capsule, String tier);

  /** Idempotent. */
  void remove(UUID capsule);
}
