package dev.wrenn.persistence;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** Which control planes are alive; work whose owner isn't among them has died with it. */
@ProviderType
public interface Leases {
  /** Takes or prolongs a lease. Idempotent. */
  void hold(UUID owner, Instant until);

  /** Idempotent. */
  void release(UUID owner);

  /** Those that hold a lease at that time; older ones are deleted. */
  Set<UUID> holders(Instant now);
}
