package dev.wrenn.scheduler.internal;

import dev.wrenn.host.HostAgent;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The hosts that are there now, and what is held on each. Thread-safe; the holds of a host are guarded by the host's ledger. */
final class Hosts {
  private final Map<String, HostLedger> ledgers = new ConcurrentHashMap<>();

  void add(String id, HostAgent host, long statusMaxAgeMillis) {
    ledgers.put(id, new HostLedger(id, host, statusMaxAgeMillis));
  }

  void remove(String id, HostAgent host) {
    ledgers.computeIfPresent(id, (key, ledger) -> ledger.host() == host ? null : ledger);
  }

  Optional<HostLedger> find(String id) {
    return Optional.ofNullable(ledgers.get(id));
  }

  Collection<HostLedger> all() {
    return ledgers.values();
  }
}
