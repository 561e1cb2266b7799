package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostException;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/** Ends a capsule: the durable intent first, then its host's work. What a host can't do now is done when it is back. */
final class Destruction {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private final Ledger ledger;
  private final Hosts hosts;

  Destruction(Ledger ledger, Hosts hosts) {
    this.ledger = ledger;
    this.hosts = hosts;
  }

  /** @param still asked again as the intent is written: others may have changed it meanwhile @param why empty: what is known of the reason stays */
  void end(CapsuleRecord row, Predicate<CapsuleRecord> still, Optional<Capsule.Reason> why) throws PlatformException {
    CapsuleRecord stopping = ledger.change(row.id(), r -> r.status() == CapsuleStatus.STOPPED || !still.test(r) ? r
        : r.in(CapsuleStatus.STOPPING, why.or(r::reason))).orElse(row);
    if (stopping.status() != CapsuleStatus.STOPPING) {
      return;
    }
    String id = WireId.CAPSULE.format(row.id());
    if (stopping.host().isPresent()) {
      try {
        hosts.need(stopping.host().get()).destroy(id, WITHIN);
      } catch (HostException e) {
        throw new PlatformException(e.code() == HostException.Code.UNAVAILABLE || e.code() == HostException.Code.TIMEOUT ? Code.HOST_UNAVAILABLE : Code.AGENT_ERROR,
            "Capsule " + id + " is marked for its end, which will be carried out as soon as its host can: " + e.getMessage(), e);
      }
    }
    ledger.change(row.id(), r -> r.status() == CapsuleStatus.STOPPING ? r.in(CapsuleStatus.STOPPED, r.reason()) : r);
  }
}
