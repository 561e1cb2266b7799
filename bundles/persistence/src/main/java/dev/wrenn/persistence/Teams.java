package dev.wrenn.persistence;

import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** Teams; deleted ones are not found. */
@ProviderType
public interface Teams {
  Optional<TeamRecord> find(UUID id);

  /** @throws StoreException {@code DUPLICATE} id or slug */
  void insert(TeamRecord team);
}
