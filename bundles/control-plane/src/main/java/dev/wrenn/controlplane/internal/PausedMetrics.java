package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.PlatformException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a capsule used before it was paused: kept in the store, as its host forgets it. */
final class PausedMetrics {
  private final Ledger ledger;

  PausedMetrics(Ledger ledger) {
    this.ledger = ledger;
  }

  /** To be done before the host pauses it, or soon after. Where the host knows nothing, what is kept stays. */
  void keep(CapsuleRecord row, HostAgent host) throws PlatformException, HostException {
    Map<String, String> kept = new HashMap<>();
    for (Tier tier : Tier.values()) {
      List<MetricPoint> points = host.metrics(WireId.CAPSULE.format(row.id()), tier);
      if (!points.isEmpty()) {
        kept.put(tier.name(), PointText.write(points));
      }
    }
    ledger.call(s -> {
      s.metrics().put(row.id(), kept);
      return null;
    });
  }

  List<MetricPoint> find(CapsuleRecord row, Tier tier) throws PlatformException {
    return ledger.call(s -> s.metrics().find(row.id(), tier.name())).map(PointText::read).orElse(List.of());
  }
}
