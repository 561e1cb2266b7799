package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings together what should run (the rows) and what does (the hosts): at once when a host tells something, and by a full comparison at
 * the start, when a host or the store comes, and from time to time. Each host has a lane of its own.
 */
@Component(service = Reconciler.class, immediate = true, configurationPid = "dev.wrenn.control-plane")
public final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  /** What comes when it has been stopped is the next one's to do. */
  private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("wrenn-reconcile").factory(),
      new ThreadPoolExecutor.DiscardPolicy());
  private final Executor threads = work -> Thread.ofVirtual().name("reconcile").start(work);
  private final Map<String, HostLane> lanes = new ConcurrentHashMap<>();
  private final Map<String, Instant> lastSeen = new ConcurrentHashMap<>();
  private final AtomicBoolean asked = new AtomicBoolean();
  private final Ledger ledger;
  private final Hosts hosts;
  private final Comparison comparison;
  private final TemplateIntents intents;
  private final Heartbeat heartbeat;
  private final Duration missing;
  private final AutoCloseable subscription;

  @Activate
  public Reconciler(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Making making, @Reference Hosts hosts,
      @Reference Pauses pauses) {
    this.ledger = ledger;
    this.hosts = hosts;
    comparison = new Comparison(ledger, making, pauses, new Endings(threads));
    intents = new TemplateIntents(ledger, hosts, making);
    missing = Duration.ofSeconds(config.missing_seconds());
    heartbeat = new Heartbeat(ledger);
    subscription = hosts.listen((host, capsule) -> lane(host).tell(capsule), host -> compareSoon());
    ledger.whenOpened(() -> {
      heartbeat.soon();
      compareSoon();
    });
    timer.scheduleWithFixedDelay(this::compare, 0, config.reconcile_seconds(), TimeUnit.SECONDS);
  }

  @Deactivate
  void stop() throws Exception {
    ledger.whenOpened(() -> { });
    subscription.close();
    // What has begun goes on to its end: an interrupt could break a host's files under it.
    timer.shutdown();
    heartbeat.close();
  }

  private interface Step {
    void run() throws PlatformException;
  }

  private HostLane lane(String host) {
    return lanes.computeIfAbsent(host, id -> new HostLane(threads, capsule -> guarded("what host " + id + " told",
        () -> event(id, capsule))));
  }

  /** Many wishes are one comparison. */
  private void compareSoon() {
    if (asked.compareAndSet(false, true)) {
      timer.execute(this::compare);
    }
  }

  private void compare() {
    asked.set(false);
    guarded("the rows", this::compareAll);
  }

  private void compareAll() throws PlatformException {
    if (!ledger.open()) {
      return;
    }
    Instant now = Instant.now();
    Set<UUID> alive = new HashSet<>(ledger.<Set<UUID>>call(s -> s.exclusive() ? Set.of() : s.leases().holders(now)));
    alive.add(ledger.self());
    // Rows first: what a host lists afterwards and no row knows then has none, for a row is there before its capsule.
    Map<String, List<CapsuleRecord>> rows = ledger.call(s -> s.capsules().live()).stream()
        .collect(Collectors.groupingBy(row -> row.host().orElse("")));
    for (Map.Entry<String, HostAgent> host : hosts.all()) {
      List<CapsuleRecord> wanted = rows.getOrDefault(host.getKey(), List.of());
      lane(host.getKey()).compare(() -> guarded("host " + host.getKey(), () -> {
        comparison.whole(host.getValue(), wanted, alive);
        lastSeen.put(host.getKey(), Instant.now());
      }));
    }
    for (Map.Entry<String, List<CapsuleRecord>> group : rows.entrySet()) {
      boolean connected = hosts.find(group.getKey()).isPresent();
      for (CapsuleRecord row : group.getValue()) {
        withoutHost(row, group.getKey(), connected, alive, now);
      }
    }
    intents.tidy(alive);
  }

  /** What follows without anything that its host says. */
  private void withoutHost(CapsuleRecord row, String host, boolean connected, Set<UUID> alive, Instant now) throws PlatformException {
    if (!connected && comparison.isAbandoned(row, alive)) {
      comparison.abandon(row);
    } else if (host.isEmpty() && row.status() == CapsuleStatus.STOPPING) {
      comparison.stopped(row.id());
    } else if (row.status() == CapsuleStatus.RUNNING && lastSeen.computeIfAbsent(host, h -> now).plus(missing).isBefore(now)) {
      LOG.warn("Host {} has not been heard of for {} s; its capsules are missing", host, missing.toSeconds());
      ledger.change(row.id(), r -> r.status() == CapsuleStatus.RUNNING ? r.in(CapsuleStatus.MISSING,
          Optional.of(new Capsule.Reason("host", "Host " + host + " has not been heard of for " + missing.toSeconds() + " s."))) : r);
    }
  }

  private void event(String host, HostedCapsule capsule) throws PlatformException {
    Optional<HostAgent> agent = hosts.find(host);
    if (agent.isPresent() && ledger.open()) {
      comparison.event(agent.get(), capsule);
    }
  }

  private static void guarded(String what, Step step) {
    try {
      step.run();
    } catch (PlatformException e) {
      LOG.warn("Comparing {} was cut short and will be done again: {}", what, e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Comparing {} failed by a defect and will be done again", what, e);
    }
  }
}
