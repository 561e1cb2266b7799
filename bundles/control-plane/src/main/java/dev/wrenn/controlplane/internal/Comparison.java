package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows from what a row says and what a host says. Each step looks at the row anew as it changes it, so that an old picture does no
 * harm, and may be taken again.
 */
final class Comparison {
  private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);
  private static final Duration ACTIVITY_GRAIN = Duration.ofSeconds(30);

  private final Ledger ledger;
  private final Making making;
  private final Pauses pauses;
  private final Endings endings;
  /** Capsules that their host did not list the last time. */
  private final Set<UUID> absent = ConcurrentHashMap.newKeySet();
  private final Set<String> foreign = ConcurrentHashMap.newKeySet();

  Comparison(Ledger ledger, Making making, Pauses pauses, Endings endings) {
    this.ledger = ledger;
    this.making = making;
    this.pauses = pauses;
    this.endings = endings;
  }

  /** All that a host has against all rows that have not ended and name it. @param rows read before the host is asked */
  void whole(HostAgent agent, List<CapsuleRecord> rows, Set<UUID> alive) throws PlatformException {
    Map<UUID, CapsuleRecord> wanted = new HashMap<>();
    rows.forEach(row -> wanted.put(row.id(), row));
    Set<UUID> listed = new HashSet<>();
    for (HostedCapsule hosted : agent.list()) {
      Optional<UUID> id = WireId.CAPSULE.parse(hosted.id());
      if (id.isPresent()) {
        listed.add(id.get());
        CapsuleRecord row = wanted.get(id.get());
        observed(agent, hosted, id.get(), row == null ? ledger.find(id.get()) : Optional.of(row));
      }
    }
    for (CapsuleRecord row : rows) {
      if (listed.contains(row.id())) {
        absent.remove(row.id());
      } else {
        notListed(agent, row);
      }
      if (isAbandoned(row, alive) && abandon(row) && listed.contains(row.id())) {
        endings.end(agent, WireId.CAPSULE.format(row.id()), () -> { });
      }
    }
  }

  /** What a host tells of one capsule. */
  void event(HostAgent agent, HostedCapsule hosted) throws PlatformException {
    Optional<UUID> id = WireId.CAPSULE.parse(hosted.id());
    if (id.isPresent()) {
      observed(agent, hosted, id.get(), ledger.find(id.get()));
    }
  }

  private void observed(HostAgent agent, HostedCapsule hosted, UUID id, Optional<CapsuleRecord> found) throws PlatformException {
    boolean live = switch (hosted.state()) {
      case STARTING, RUNNING, PAUSING, PAUSED, RESUMING -> true;
      case STOPPING, STOPPED, ERROR -> false;
    };
    if (found.isEmpty()) {
      if (live) {
        stranger(agent, hosted);
      }
      return;
    }
    CapsuleRecord row = found.get();
    switch (row.status()) {
      case STOPPED, ERROR -> {
        if (live && !making.underWay(id)) {
          LOG.warn("Capsule {} has ended but its host still has it; ending it there", hosted.id());
          endings.end(agent, hosted.id(), () -> { });
        }
      }
      case STOPPING -> endings.end(agent, hosted.id(), () -> stopped(id));
      case RUNNING, MISSING, PAUSING, PAUSED, RESUMING -> follow(agent, hosted, row);
      // Who makes it writes what comes of it; a maker that died is found by the age of its lease.
      default -> { }
    }
  }

  /** Whoever pauses or resumes it now writes himself what comes of it. */
  private void follow(HostAgent agent, HostedCapsule hosted, CapsuleRecord row) throws PlatformException {
    // The store is asked to change only what would be changed; it is asked again then, and decides.
    if (pauses.underWay(row.id()) || followed(row, hosted) == row) {
      return;
    }
    if (hosted.state() == State.PAUSED && row.status() == CapsuleStatus.RUNNING) {
      // Its host has done it by itself, and forgets soon what it used before.
      pauses.keepMetrics(row, agent);
    }
    // What was told may be over by now, and what came after it be in the row already.
    ledger.change(row.id(), now -> pauses.underWay(row.id()) ? now : followed(now, agent.find(hosted.id()).orElse(hosted)));
  }

  /** A capsule that is wanted does what its host says. @return the same row when there is nothing to follow */
  private static CapsuleRecord followed(CapsuleRecord row, HostedCapsule hosted) {
    if (row.status() == CapsuleStatus.RUNNING && hosted.state() == State.RUNNING) {
      return moreActive(row, hosted);
    }
    // One that was missing is found again, as it was.
    return row.status() == CapsuleStatus.MISSING && hosted.state() == State.RUNNING ? Rows.back(row, hosted) : Pauses.followed(row, hosted);
  }

  private static CapsuleRecord moreActive(CapsuleRecord row, HostedCapsule hosted) {
    Instant known = row.lastActiveAt().orElse(Instant.EPOCH);
    return hosted.lastActiveAt().filter(at -> Duration.between(known, at).compareTo(ACTIVITY_GRAIN) > 0).map(row::activeAt).orElse(row);
  }

  private void notListed(HostAgent agent, CapsuleRecord row) throws PlatformException {
    String id = WireId.CAPSULE.format(row.id());
    if (row.status() == CapsuleStatus.STOPPING) {
      endings.end(agent, id, () -> stopped(row.id()));
    } else if (onHost(row)) {
      // Once may be a host that is still finding its capsules.
      if (!absent.add(row.id()) && agent.find(id).isEmpty()) {
        absent.remove(row.id());
        LOG.warn("Capsule {} is gone from its host", id);
        ledger.change(row.id(), now -> onHost(now)
            ? now.in(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("running", "Its host no longer has it."))) : now);
      }
    }
  }

  private static boolean onHost(CapsuleRecord row) {
    return switch (row.status()) {
      case RUNNING, MISSING, PAUSING, PAUSED, RESUMING -> true;
      default -> false;
    };
  }

  boolean isAbandoned(CapsuleRecord row, Set<UUID> alive) {
    boolean unfinished = row.status() == CapsuleStatus.PENDING || row.status() == CapsuleStatus.STARTING;
    boolean another = row.owner().filter(alive::contains).filter(owner -> !owner.equals(ledger.self())).isPresent();
    return unfinished && !another && !making.underWay(row.id());
  }

  /** Whoever made it has died. What there is of it on a host is ended when the host tells of it. @return whether it was so */
  boolean abandon(CapsuleRecord row) throws PlatformException {
    Optional<UUID> owner = row.owner();
    Optional<CapsuleRecord> now = ledger.change(row.id(), r -> (r.status() == CapsuleStatus.PENDING || r.status() == CapsuleStatus.STARTING)
        && r.owner().equals(owner)
            ? r.in(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("control-plane",
                "The platform was stopped while this capsule was being made; it was undone. Create it again."))) : r);
    boolean abandoned = now.filter(r -> r.status() == CapsuleStatus.ERROR).isPresent();
    if (abandoned) {
      ledger.call(s -> {
        s.idempotencyKeys().release(row.id());
        return null;
      });
    }
    return abandoned;
  }

  void stopped(UUID id) throws PlatformException {
    ledger.change(id, row -> row.status() == CapsuleStatus.STOPPING ? row.in(CapsuleStatus.STOPPED, row.reason()) : row);
  }

  /** A capsule that no row knows. It is ended only when its team is ours: with another database behind this platform it would be somebody's. */
  private void stranger(HostAgent agent, HostedCapsule hosted) throws PlatformException {
    Optional<UUID> team = WireId.TEAM.parse(hosted.order().team());
    if (team.isPresent() && ledger.call(s -> s.teams().find(team.get())).isPresent()) {
      LOG.warn("A host runs capsule {} that no row knows; ending it", hosted.id());
      endings.end(agent, hosted.id(), () -> { });
    } else if (foreign.add(hosted.id())) {
      LOG.error("A host runs capsule {} of team {}, which this database does not know; it is left alone. Is this the database of this installation?",
          hosted.id(), hosted.order().team());
    }
  }
}
