package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The capsules of teams that have not ended, as callers see them: the same list as long as nothing has changed. Where others write to the
 * database, too, it is asked each time whether something has. Thread-safe.
 */
final class TeamLists {
  static final int LONGEST = 10_000;
  private final Ledger ledger;

  TeamLists(Ledger ledger) {
    this.ledger = ledger;
  }

  /** @param versions of all that are shown */
  record Listed(Map<UUID, Long> versions, List<Capsule> shown) {}

  List<Capsule> of(UUID team) throws PlatformException {
    Kept<Listed> kept = ledger.lists();
    Optional<Listed> known = kept.get(team);
    if (known.isPresent() && ledger.sole()) {
      return known.get().shown();
    }
    long stamp = kept.stamp(team);
    Listed now = ledger.call(s -> known.filter(k -> k.versions().equals(s.capsules().versions(team))).orElseGet(() -> read(s, team)));
    kept.put(team, now, stamp);
    return now.shown();
  }

  private static Listed read(Store store, UUID team) {
    List<CapsuleRecord> rows = store.capsules().ofTeam(team, false, Optional.empty(), LONGEST);
    return new Listed(rows.stream().collect(Collectors.toUnmodifiableMap(CapsuleRecord::id, CapsuleRecord::version)), rows.stream().map(Rows::show).toList());
  }
}
