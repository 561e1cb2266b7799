package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings together what should run (the rows) and what does (the hosts): at once when a host tells something, and by a full comparison at
 * the start, when a host comes, and from time to time. One thread, so that no two comparisons cross.
 */
@Component(service = Reconciler.class, immediate = true, configurationPid = "dev.wrenn.control-plane")
public final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final Duration DESTROY = Duration.ofSeconds(60);
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final Duration SETTLED = Duration.ofSeconds(30);
  private static final Duration NAMES = Duration.ofDays(1);
  private static final Duration ACTIVITY_GRAIN = Duration.ofSeconds(30);
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("wrenn-reconcile").factory());
  private final Map<String, Instant> lastSeen = new ConcurrentHashMap<>();
  private final Ledger ledger;
  private final Making making;
  private final Hosts hosts;
  private final Duration missing;
  private final AutoCloseable subscription;

  @Activate
  public Reconciler(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Making making, @Reference Hosts hosts) {
    this.ledger = ledger;
    this.making = making;
    this.hosts = hosts;
    this.missing = Duration.ofSeconds(config.missing_seconds());
    this.subscription = hosts.listen((host, capsule) -> later(() -> observed(host, capsule)), () -> later(this::compare));
    thread.scheduleWithFixedDelay(() -> guarded(this::compare), 0, config.reconcile_seconds(), TimeUnit.SECONDS);
  }

  @Deactivate
  void stop() throws Exception {
    thread.shutdownNow();
    subscription.close();
  }

  private interface Step {
    void run() throws PlatformException;
  }

  private void later(Step step) {
    if (!thread.isShutdown()) {
      thread.execute(() -> guarded(step));
    }
  }

  private static void guarded(Step step) {
    try {
      step.run();
    } catch (PlatformException e) {
      LOG.warn("A comparison with the hosts was cut short and will be made again: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("A comparison with the hosts failed by a defect and will be made again", e);
    }
  }

  private void compare() throws PlatformException {
    if (!ledger.open()) {
      return;
    }
    Instant now = Instant.now();
    Set<UUID> alive = ledger.call(s -> alive(s, now));
    Map<String, Map<String, HostedCapsule>> seen = new HashMap<>();
    // Rows first: a capsule that comes between the two looks is on a host but in no row of this list, and rows are asked for again then.
    List<CapsuleRecord> rows = ledger.call(s -> s.capsules().live());
    for (Map.Entry<String, HostAgent> host : hosts.all()) {
      Map<String, HostedCapsule> byId = new HashMap<>();
      host.getValue().list().forEach(c -> byId.put(c.id(), c));
      seen.put(host.getKey(), byId);
      lastSeen.put(host.getKey(), now);
      for (HostedCapsule capsule : byId.values()) {
        observed(host.getKey(), capsule);
      }
    }
    for (CapsuleRecord row : rows) {
      if (!making.underWay().contains(row.id())) {
        settle(row, seen, alive, now);
      }
    }
    ledger.call(s -> s.idempotencyKeys().purge(now.minus(NAMES)));
  }

  private Set<UUID> alive(Store store, Instant now) {
    store.leases().hold(ledger.self(), now.plus(LEASE));
    return store.exclusive() ? Set.of(ledger.self()) : store.leases().holders(now);
  }

  /** A row that has not ended, against what its host has. */
  private void settle(CapsuleRecord row, Map<String, Map<String, HostedCapsule>> seen, Set<UUID> alive, Instant now) throws PlatformException {
    String id = WireId.CAPSULE.format(row.id());
    String host = row.host().orElse("");
    boolean connected = seen.containsKey(host);
    boolean there = connected && seen.get(host).containsKey(id);
    switch (row.status()) {
      case PENDING, STARTING -> {
        boolean ownersWork = row.owner().filter(alive::contains).isPresent();
        // Of this process's own work it knows whether it is under way; the age covers the moment between the row and the work.
        boolean lost = row.owner().filter(ledger.self()::equals).isPresent() && row.createdAt().plus(SETTLED).isBefore(now);
        if (!ownersWork || lost) {
          abandoned(row, id, host);
        }
      }
      case STOPPING -> {
        if (connected) {
          end(host, id, row.id());
        } else if (host.isEmpty()) {
          ledger.change(row.id(), r -> r.in(CapsuleStatus.STOPPED, r.reason()));
        }
      }
      case RUNNING, MISSING -> {
        if (connected && !there) {
          LOG.warn("Host {} no longer has capsule {}", host, id);
          ledger.change(row.id(), r -> r.status() == CapsuleStatus.RUNNING || r.status() == CapsuleStatus.MISSING
              ? r.in(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("running", "Its host no longer has it."))) : r);
        } else if (!connected && row.status() == CapsuleStatus.RUNNING && silent(host, now)) {
          ledger.change(row.id(), r -> r.status() == CapsuleStatus.RUNNING
              ? r.in(CapsuleStatus.MISSING, Optional.of(new Capsule.Reason("host", "Host " + host + " has not been heard of for " + missing.toSeconds() + " s."))) : r);
        }
      }
      default -> { }
    }
  }

  private boolean silent(String host, Instant now) {
    return lastSeen.computeIfAbsent(host, h -> now).plus(missing).isBefore(now);
  }

  /** Work that died with the process which did it. */
  private void abandoned(CapsuleRecord row, String id, String host) throws PlatformException {
    Optional<HostAgent> agent = hosts.find(host);
    if (!host.isEmpty() && agent.isEmpty()) {
      return;
    }
    if (agent.isPresent() && !destroy(agent.get(), id)) {
      return;
    }
    ledger.call(s -> {
      s.idempotencyKeys().release(row.id());
      return null;
    });
    ledger.change(row.id(), r -> r.status() == CapsuleStatus.PENDING || r.status() == CapsuleStatus.STARTING
        ? r.in(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("control-plane", "The platform was stopped while this capsule was being made; it was undone. Create it again.")))
        : r);
  }

  /** What a host says of one capsule. */
  private void observed(String host, HostedCapsule hosted) throws PlatformException {
    Optional<UUID> id = WireId.CAPSULE.parse(hosted.id());
    if (id.isEmpty() || !ledger.open()) {
      return;
    }
    Optional<CapsuleRecord> found = ledger.call(s -> s.capsules().find(id.get()));
    if (found.isEmpty()) {
      stranger(host, hosted);
      return;
    }
    CapsuleRecord row = found.get();
    boolean live = hosted.state() == HostedCapsule.State.RUNNING || hosted.state() == HostedCapsule.State.STARTING;
    if (row.status() == CapsuleStatus.STOPPED || row.status() == CapsuleStatus.ERROR) {
      if (live) {
        LOG.warn("Capsule {} has ended but host {} still has it; ending it there", hosted.id(), host);
        hosts.find(host).ifPresent(agent -> destroy(agent, hosted.id()));
      }
      return;
    }
    if (making.underWay().contains(row.id()) || row.status() == CapsuleStatus.STOPPING) {
      return;
    }
    switch (hosted.state()) {
      case RUNNING -> ledger.change(row.id(), r -> r.status() == CapsuleStatus.MISSING || r.status() == CapsuleStatus.STARTING && r.owner().isEmpty()
          ? Rows.running(r, hosted) : moreActive(r, hosted));
      case ERROR -> ledger.change(row.id(), r -> r.status().ended() ? r : r.in(CapsuleStatus.ERROR, Rows.reason(hosted)));
      case STOPPED -> ledger.change(row.id(), r -> r.status().ended() ? r : r.in(CapsuleStatus.STOPPED, Rows.reason(hosted)));
      case STARTING, STOPPING -> { }
    }
  }

  private static CapsuleRecord moreActive(CapsuleRecord row, HostedCapsule hosted) {
    Instant known = row.lastActiveAt().orElse(Instant.EPOCH);
    return hosted.lastActiveAt().filter(t -> row.status() == CapsuleStatus.RUNNING && Duration.between(known, t).compareTo(ACTIVITY_GRAIN) > 0)
        .map(row::activeAt).orElse(row);
  }

  /** A capsule that no row knows. It is ended only when its team is ours: with another database behind this platform it would be somebody's. */
  private void stranger(String host, HostedCapsule hosted) throws PlatformException {
    if (hosted.state() != HostedCapsule.State.RUNNING) {
      return;
    }
    Optional<UUID> team = WireId.TEAM.parse(hosted.order().team());
    if (team.isPresent() && ledger.call(s -> s.teams().find(team.get())).isPresent()) {
      LOG.warn("Host {} runs capsule {} that no row knows; ending it", host, hosted.id());
      hosts.find(host).ifPresent(agent -> destroy(agent, hosted.id()));
    } else {
      LOG.warn("Host {} runs capsule {} of a team that this database does not know; leaving it alone", host, hosted.id());
    }
  }

  private void end(String host, String id, UUID row) throws PlatformException {
    Optional<HostAgent> agent = hosts.find(host);
    if (agent.isPresent() && destroy(agent.get(), id)) {
      ledger.change(row, r -> r.status() == CapsuleStatus.STOPPING ? r.in(CapsuleStatus.STOPPED, r.reason()) : r);
    }
  }

  private static boolean destroy(HostAgent agent, String id) {
    try {
      agent.destroy(id, DESTROY);
      return true;
    } catch (HostException e) {
      LOG.warn("Capsule {} could not be ended now and will be tried again: {}", id, e.getMessage());
      return false;
    }
  }
}
