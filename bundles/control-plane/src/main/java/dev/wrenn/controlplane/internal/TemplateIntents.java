package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.persistence.TemplateRecord;
import dev.wrenn.platform.PlatformException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is about to be saved on a host, noted before: of a template whose row was never written the host would else keep the files for ever. Such a
 * note is a row under a name that no template can have.
 */
final class TemplateIntents {
  private static final Logger LOG = LoggerFactory.getLogger(TemplateIntents.class);
  /** Who saves it. */
  private static final String BY = "by";

  private final Ledger ledger;
  private final Hosts hosts;
  private final Making making;

  TemplateIntents(Ledger ledger, Hosts hosts, Making making) {
    this.ledger = ledger;
    this.hosts = hosts;
    this.making = making;
  }

  /** Before its host begins. @param wanted the row that is to come of it */
  TemplateRecord begin(TemplateRecord wanted) throws PlatformException {
    String name = TemplateRecord.INTENT + wanted.hostKey();
    UUID id = ledger.<Optional<TemplateRecord>>call(s -> s.templates().find(wanted.team(), name)).map(TemplateRecord::id).orElseGet(UUID::randomUUID);
    TemplateRecord intent = new TemplateRecord(id, wanted.team(), name, wanted.host(), wanted.hostKey(), wanted.vcpus(), wanted.memoryMb(), wanted.diskMb(), 0,
        Map.of(BY, ledger.self().toString()), wanted.createdAt());
    making.announce(id);
    ledger.call(s -> {
      s.templates().put(intent);
      return null;
    });
    return intent;
  }

  /** Its row is written. */
  void done(TemplateRecord intent) throws PlatformException {
    ledger.call(s -> {
      s.templates().delete(intent.id());
      return null;
    });
  }

  /** Nobody is at it any more; unless it is done, what there is of it is removed with the next {@link #tidy}. */
  void leave(TemplateRecord intent) {
    making.callOff(intent.id());
  }

  /** Removes what was saved for rows that were never written. May be repeated. @param alive control planes, with this one */
  void tidy(Set<UUID> alive) throws PlatformException {
    for (TemplateRecord intent : ledger.call(s -> s.templates().intents())) {
      UUID by = UUID.fromString(intent.metadata().get(BY));
      boolean over = by.equals(ledger.self()) ? !making.underWay(intent.id()) : !alive.contains(by);
      Optional<HostAgent> host = hosts.find(intent.host());
      if (over && host.isPresent() && removed(intent, host.get())) {
        done(intent);
      }
    }
  }

  private boolean removed(TemplateRecord intent, HostAgent host) throws PlatformException {
    boolean written = ledger.call(s -> s.templates().ofTeam(intent.team())).stream().anyMatch(row -> row.hostKey().equals(intent.hostKey()));
    try {
      if (!written) {
        LOG.info("A template was half saved when the platform ended; what there is of it on host {} is removed", intent.host());
        host.deleteTemplate(intent.hostKey());
      }
      return true;
    } catch (HostException e) {
      LOG.warn("What was half saved as {} could not be removed; it is tried again: {}", intent.hostKey(), e.getMessage());
      return false;
    }
  }
}
