package dev.wrenn.persistence;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** Who is in which team; teams that are deleted don't count. */
@ProviderType
public interface Memberships {
  Optional<MembershipRecord> find(UUID team, UUID user);

  /** The default team first, then by time of joining. */
  List<MembershipRecord> ofUser(UUID user);

  /** @throws StoreException {@code DUPLICATE} */
  void insert(MembershipRecord membership);

  /** Idempotent. */
  void delete(UUID team, UUID user);
}
