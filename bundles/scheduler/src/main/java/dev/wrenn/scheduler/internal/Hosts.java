package dev.wrenn.scheduler.internal;

import dev.wrenn.host.HostAgent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The hosts that are there now, and what is held on each. Thread-safe; the ledgers are guarded by the scheduler's lock. */
final class Hosts {
  private final Map<String, HostLedger> ledgers = new ConcurrentHashMap<>();

  void add(String id, HostAgent host) {
    ledgers.compute(id, (key, before) -> new HostLedger(id, host, Optional.ofNullable(before)));
  }

  void remove(String id, HostAgent host) {
    ledgers.computeIfPresent(id, (key, ledger) -> ledger.host() == host ? null : ledger);
  }

  Optional<HostLedger> find(String id) {
    return Optional.ofNullable(ledgers.get(id));
  }

  List<HostLedger> all() {
    return List.copyOf(ledgers.values());
  }
}
