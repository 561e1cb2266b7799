package dev.wrenn.scheduler.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.Scheduler;
import dev.wrenn.spi.placement.PlacementPolicy;
import dev.wrenn.spi.placement.PlacementPolicy.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Finds a host with room and holds that room. Memory and disk decide whether a host has room; processors are shared, so they only
 * weigh in the choice. One reservation is decided at a time, so that parallel creates never promise the same room twice.
 */
@Component(configurationPid = "dev.wrenn.scheduler")
@Designate(ocd = RoomScheduler.Config.class)
public final class RoomScheduler implements Scheduler {
  private final Hosts hosts = new Hosts();
  private final long statusMaxAgeMillis;

  @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  private volatile PlacementPolicy policy;

  @ObjectClassDefinition(name = "Wrenn scheduler")
  public @interface Config {
    @AttributeDefinition(description = "Milliseconds for which a host's word on its capacity is taken as true; promises made since are counted on top.")
    long statusMaxAgeMillis() default 250;
  }

  @Activate
  public RoomScheduler(Config config) {
    this.statusMaxAgeMillis = config.statusMaxAgeMillis();
  }

  RoomScheduler(Config config, PlacementPolicy policy) {
    this(config);
    this.policy = policy;
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addHost(HostAgent host, Map<String, Object> properties) {
    hosts.add((String) properties.get(HostAgent.ID), host, statusMaxAgeMillis);
  }

  void removeHost(HostAgent host, Map<String, Object> properties) {
    hosts.remove((String) properties.get(HostAgent.ID), host);
  }

  @Override
  public HostAgent host(String id) throws HostException {
    return hosts.find(id).map(HostLedger::host).orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "schedule",
        "Host " + id + " is not connected; it may be restarting. Try again in a moment, or see host:info."));
  }

  @Override
  public synchronized Reservation reserve(CapsuleOrder order) throws HostException {
    List<HostLedger> known = new ArrayList<>(hosts.all());
    if (known.isEmpty()) {
      throw new HostException(HostException.Code.UNAVAILABLE, "schedule", "No host is connected. Start one with the role all or host.");
    }
    Search search = new Search(order);
    known.forEach(search::consider);
    List<Candidate> candidates = search.candidates();
    PlacementPolicy.Request request = new PlacementPolicy.Request(order.team(), order.vcpus(), order.memoryMib(), order.diskMib());
    Candidate chosen = candidates.isEmpty() ? null : policy.choose(request, candidates).orElse(null);
    if (chosen == null) {
      throw search.refusal(policy.name());
    }
    HostLedger ledger = hosts.find(chosen.host()).orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "schedule",
        "Host " + chosen.host() + " went away just now; try again."));
    return new Held(ledger, ledger.hold(order));
  }

  private synchronized void close(HostLedger.Hold hold) {
    hold.close();
  }

  /** Sorts hosts into those that could take an order and the reasons of those that can't. */
  private static final class Search {
    private final CapsuleOrder order;
    private final List<Candidate> fit = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private boolean someHaveTheImage;

    Search(CapsuleOrder order) {
      this.order = order;
    }

    void consider(HostLedger ledger) {
      HostStatus status = ledger.status();
      boolean image = status.images().stream().anyMatch(i -> i.name().equals(order.image()));
      someHaveTheImage |= image;
      Candidate free = ledger.candidate();
      if (!status.accepting()) {
        reasons.add(ledger.id() + " takes no capsules: " + (status.problems().isEmpty() ? "it is starting" : String.join("; ", status.problems())));
      } else if (!image) {
        reasons.add(ledger.id() + " has no image '" + order.image() + "'");
      } else if (free.memoryFreeMib() < order.memoryMib()) {
        reasons.add(ledger.id() + " has " + Math.max(0, free.memoryFreeMib()) + " MiB of memory free, " + order.memoryMib() + " are asked for");
      } else if (free.diskFreeMib() < order.diskMib()) {
        reasons.add(ledger.id() + " has " + Math.max(0, free.diskFreeMib()) + " MiB of disk free, " + order.diskMib() + " are asked for");
      } else {
        fit.add(free);
      }
    }

    List<Candidate> candidates() {
      return List.copyOf(fit);
    }

    HostException refusal(String policy) {
      if (!fit.isEmpty()) {
        return new HostException(HostException.Code.NO_CAPACITY, "schedule", "The placement policy '" + policy + "' refused every host with room.");
      }
      String why = String.join("; ", reasons);
      return someHaveTheImage || order.image().isEmpty()
          ? new HostException(HostException.Code.NO_CAPACITY, "schedule", "No host has room: " + why + ". Destroy capsules that are not needed, or add a host.")
          : new HostException(HostException.Code.NOT_FOUND, "schedule", "No host has the template '" + order.image() + "': " + why + ".");
    }
  }

  private final class Held implements Reservation {
    private final HostLedger ledger;
    private final HostLedger.Hold hold;

    Held(HostLedger ledger, HostLedger.Hold hold) {
      this.ledger = ledger;
      this.hold = hold;
    }

    @Override
    public HostAgent host() {
      return ledger.host();
    }

    @Override
    public String hostId() {
      return ledger.id();
    }

    @Override
    public void close() {
      RoomScheduler.this.close(hold);
    }
  }
}
