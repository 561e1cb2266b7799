package dev.wrenn.persistence;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Predicate;
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
  default CapsuleRecord insert(CapsuleRecord capsule, Optional<IdempotencyRecord> name) {
    return insert(capsule, name, held -> true).orElseThrow();
  }

  /**
   * A new capsule, if what its team holds already leaves room for it. Inserts of one team wait for each other, so two can't both take the
   * last place.
   *
   * @param admit is told what the team's capsules hold that are being made or run; may be called again
   * @return as stored; empty when it was not admitted
   * @throws StoreException {@code DUPLICATE} when the id is there, or the team has used that name
   */
  Optional<CapsuleRecord> insert(CapsuleRecord capsule, Optional<IdempotencyRecord> name, Predicate<Held> admit);

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
   * The same for a change by which its team may hold more: it is told what the team's capsules hold now, without this one if it holds nothing,
   * and waits for others that ask, and for inserts.
   */
  Optional<CapsuleRecord> change(UUID id, BiFunction<CapsuleRecord, Held, CapsuleRecord> change);

  /**
   * A team's capsules, newest first.
   *
   * @param ended whether those that ended are among them
   * @param after the last one of the page before; empty for the first page
   */
  List<CapsuleRecord> ofTeam(UUID team, boolean ended, Optional<CapsuleRecord> after, int limit);

  /** The ids and versions of a team's capsules that have not ended: whether a list of them is still true, without reading it. */
  Map<UUID, Long> versions(UUID team);

  /** All that have not ended, of all teams. */
  List<CapsuleRecord> live();

  /** What became of a capsule, oldest first; of a very long life its last part. Empty for an unknown one. */
  List<ChangeRecord> history(UUID id);

  /** Running and missing ones whose end has come, earliest first. */
  List<CapsuleRecord> due(Instant now, int limit);

  /** The next end of a running or missing one. */
  Optional<Instant> nextEnd();

  /** Forgets capsules that ended before that time, with all that hangs on them. @return how many; fewer than the limit: there are no more */
  int retire(Instant before, int limit);

  /** Teams that made or changed a capsule since then. */
  Set<UUID> teamsSince(Instant since);

  /** What a team's capsules hold together. */
  record Held(int capsules, long vcpus, long memoryMb) {}
}
