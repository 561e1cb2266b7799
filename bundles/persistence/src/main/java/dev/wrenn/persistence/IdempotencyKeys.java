package dev.wrenn.persistence;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** The names that callers gave to their requests. They come with {@link Capsules#insert}. */
@ProviderType
public interface IdempotencyKeys {
  Optional<IdempotencyRecord> find(UUID team, String name);

  /** Frees the names that stand for a capsule. Idempotent. */
  void release(UUID capsule);

  /** Forgets what is older. @return how many */
  int purge(Instant before);
}
