package dev.wrenn.persistence;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.osgi.annotation.versioning.ProviderType;

/** Capsules, those that ended too. */
@ProviderType
public interface Capsules {
  /**
   * A new capsule, with the name of the request that asked for it, if that has one: both or nothing.
   *
   * @return as stored
   * @throws StoreException {@code DUPLICATE} when the id is there, or the team has used that name
   */
  CapsuleRecord insert(CapsuleRecord capsule, Optional<IdempotencyRecord> name);

  Optional<CapsuleRecord> find(UUID id);

  /**
   * Changes a capsule by a function of what the store says now; a function that returns its argument changes nothing. It may be called
   * again when others change the capsule at the same time, so it must not do anything else.
   *
   * @return as it is now; empty for an unknown one
   * @throws StoreException {@code CONTENDED}
   */
  Optional<CapsuleRecord> change(UUID id, UnaryOperator<CapsuleRecord> change);

  /**
   * A team's capsules, newest first.
   *
   * @param ended whether those that ended are among them
   * @param after the last one of the page before; empty for the first page
   */
  List<CapsuleRecord> ofTeam(UUID team, boolean ended, Optional<CapsuleRecord> after, int limit);

  /** All that have not ended, of all teams. */
  List<CapsuleRecord> live();
}
