package dev.wrenn.scheduler.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.Scheduler;
import dev.wrenn.spi.placement.PlacementPolicy;
import dev.wrenn.spi.placement.PlacementPolicy.Candidate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a host with room and holds that room. Memory and disk decide whether a host has room; processors are shared, so they only
 * weigh in the choice. One reservation is decided at a time, so that parallel creates never promise the same room twice; hosts are asked
 * before that and side by side, so that none that hangs holds up the others.
 */
@Component(configurationPid = "dev.wrenn.scheduler")
@Designate(ocd = RoomScheduler.Config.class)
public final class RoomScheduler implements Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(RoomScheduler.class);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final Hosts hosts = new Hosts();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Questions questions = new Questions(threads, ANSWER);
  private final long statusMaxAgeNanos;

  @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  private volatile PlacementPolicy policy;

  @ObjectClassDefinition(name = "Wrenn scheduler")
  public @interface Config {
    @AttributeDefinition(description = "Milliseconds for which a host's word on its capacity is taken as true; promises made since are counted on top.")
    long statusMaxAgeMillis() default 250;
  }

  @Activate
  public RoomScheduler(Config config) {
    this.statusMaxAgeNanos = Duration.ofMillis(config.statusMaxAgeMillis()).toNanos();
  }

  RoomScheduler(Config config, PlacementPolicy policy) {
    this(config);
    this.policy = policy;
  }

  @Deactivate
  void stop() {
    threads.shutdown();
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  synchronized void addHost(HostAgent host, Map<String, Object> properties) {
    String id = (String) properties.get(HostAgent.ID);
    if (id == null) {
      LOG.error("A host without the service property {} is left out: {}", HostAgent.ID, host.getClass().getName());
      return;
    }
    hosts.add(id, host);
  }

  synchronized void removeHost(HostAgent host, Map<String, Object> properties) {
    String id = (String) properties.get(HostAgent.ID);
    if (id != null) {
      hosts.remove(id, host);
    }
  }

  @Override
  public HostAgent host(String id) throws HostException {
    return hosts.find(id).map(HostLedger::host).orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "schedule",
        "Host " + id + " is not connected; it may be restarting. Try again in a moment, or see host:info."));
  }

  @Override
  public Reservation reserve(CapsuleOrder order) throws HostException {
    List<HostLedger> known = hosts.all();
    if (known.isEmpty()) {
      throw new HostException(HostException.Code.UNAVAILABLE, "schedule", "No host is connected. Start one with the role all or host.");
    }
    ask(stale(known), false);
    Search search = new Search(order);
    Optional<Reservation> found = decide(order, search);
    if (found.isEmpty()) {
      List<HostLedger> doubtful = countedTwice(search.full());
      if (!doubtful.isEmpty()) {
        ask(doubtful, true);
        search = new Search(order);
        found = decide(order, search);
      }
    }
    if (found.isEmpty()) {
      throw search.refusal(policy.name());
    }
    return found.get();
  }

  /** Without the lock: a host may take its time. */
  private void ask(List<HostLedger> ledgers, boolean whole) {
    questions.ask(ledgers, whole, (ledger, word) -> {
      synchronized (this) {
        ledger.heard(word);
      }
    });
  }

  private synchronized List<HostLedger> stale(List<HostLedger> known) {
    return known.stream().filter(ledger -> ledger.olderThan(statusMaxAgeNanos)).toList();
  }

  private synchronized List<HostLedger> countedTwice(List<HostLedger> full) {
    return full.stream().filter(HostLedger::mayCountTwice).toList();
  }

  private synchronized Optional<Reservation> decide(CapsuleOrder order, Search search) {
    hosts.all().forEach(search::consider);
    List<Candidate> candidates = search.candidates();
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    PlacementPolicy.Request request = new PlacementPolicy.Request(order.team(), order.vcpus(), order.memoryMib(), order.diskMib());
    return policy.choose(request, candidates).flatMap(chosen -> hosts.find(chosen.host()))
        .map(ledger -> new Held(ledger.host(), ledger.id(), ledger.hold(order)));
  }

  private synchronized void close(HostLedger.Hold hold) {
    hold.close();
  }

  private final class Held implements Reservation {
    private final HostAgent host;
    private final String hostId;
    private final HostLedger.Hold hold;

    Held(HostAgent host, String hostId, HostLedger.Hold hold) {
      this.host = host;
      this.hostId = hostId;
      this.hold = hold;
    }

    @Override
    public HostAgent host() {
      return host;
    }

    @Override
    public String hostId() {
      return hostId;
    }

    @Override
    public void close() {
      RoomScheduler.this.close(hold);
    }
  }
}
