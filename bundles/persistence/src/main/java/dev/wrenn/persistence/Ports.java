package dev.wrenn.persistence;

import java.util.SortedMap;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** What was said of single ports of capsules. */
@ProviderType
public interface Ports {
  /** Whether a port is open, by port; ports of which nothing was said are missing. */
  SortedMap<Integer, Boolean> ofCapsule(UUID capsule);

  /** Idempotent. @throws StoreException {@code FAILED} for an unknown capsule */
  void put(UUID capsule, int port, boolean open);

  /** Idempotent. */
  void remove(UUID capsule, int port);
}
