package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hosts that are connected, by id, and what they tell. A call to one that is being updated waits for it a little. Thread-safe. */
@Component(service = Hosts.class, configurationPid = "dev.wrenn.control-plane")
public final class Hosts {
  private static final Logger LOG = LoggerFactory.getLogger(Hosts.class);
  private static final Duration STATUS_AGE = Duration.ofSeconds(1);

  private static final Duration LATELY = Duration.ofMinutes(1);
  private static final Duration GLANCE = Duration.ofMillis(50);

  private volatile Instant lastLeft = Instant.EPOCH;
  private final Map<String, Connected> connected = new ConcurrentHashMap<>();
  private final List<BiConsumer<String, HostedCapsule>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> arrivals = new CopyOnWriteArrayList<>();
  private final Duration patience;

  private static final class Connected {
    private final HostAgent agent;
    private final AutoCloseable subscription;
    private volatile HostStatus status;
    private volatile long statusNanos;

    Connected(HostAgent agent, AutoCloseable subscription) {
      this.agent = agent;
      this.subscription = subscription;
    }

    HostStatus status() {
      HostStatus known = status;
      if (known == null || System.nanoTime() - statusNanos > STATUS_AGE.toNanos()) {
        known = agent.status();
        status = known;
        statusNanos = System.nanoTime();
      }
      return known;
    }

    void close() {
      try {
        subscription.close();
      } catch (Exception e) {
        LOG.debug("A host's subscription was gone already", e);
      }
    }
  }

  @Activate
  public Hosts(ControlPlaneConfig config) {
    this.patience = Duration.ofSeconds(config.service_wait_seconds());
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addHost(HostAgent agent, Map<String, Object> properties) {
    String id = (String) properties.get(HostAgent.ID);
    if (id == null) {
      LOG.error("A host without the service property {} is left out: {}", HostAgent.ID, agent.getClass().getName());
      return;
    }
    Connected next = new Connected(agent, agent.watch(capsule -> listeners.forEach(l -> l.accept(id, capsule))));
    Connected before;
    synchronized (connected) {
      before = connected.put(id, next);
      connected.notifyAll();
    }
    if (before != null) {
      before.close();
    }
    arrivals.forEach(arrival -> arrival.accept(id));
  }

  void removeHost(HostAgent agent, Map<String, Object> properties) {
    String id = (String) properties.get(HostAgent.ID);
    Connected known = id == null ? null : connected.get(id);
    // When the next one of that id came first, this one was closed then.
    if (known != null && known.agent == agent && connected.remove(id, known)) {
      lastLeft = Instant.now();
      known.close();
    }
  }

  /** Whether it is worth another try to find a host: one is there, or has been lately and may come back. Waits a moment for that. */
  boolean mayReturn(Instant until) {
    Instant now = Instant.now();
    if (!now.isBefore(until) || connected.isEmpty() && lastLeft.plus(LATELY).isBefore(now)) {
      return false;
    }
    try {
      synchronized (connected) {
        connected.wait(GLANCE.toMillis());
      }
      return true;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Deactivate
  void close() {
    connected.values().forEach(Connected::close);
  }

  /** Everything that a host tells of a capsule from now on, and every host that comes. */
  AutoCloseable listen(BiConsumer<String, HostedCapsule> listener, Consumer<String> arrival) {
    listeners.add(listener);
    arrivals.add(arrival);
    return () -> {
      arrivals.remove(arrival);
      listeners.remove(listener);
    };
  }

  Optional<HostAgent> find(String id) {
    return Optional.ofNullable(connected.get(id)).map(known -> known.agent);
  }

  Collection<Map.Entry<String, HostAgent>> all() {
    return connected.entrySet().stream().map(e -> Map.entry(e.getKey(), e.getValue().agent)).toList();
  }

  /** Of all hosts, at most a second old. */
  List<HostStatus> statuses() {
    return connected.values().stream().map(Connected::status).toList();
  }

  /** @throws HostException {@code UNAVAILABLE} when it is not there and does not come in time */
  HostAgent need(String id) throws HostException {
    long end = System.nanoTime() + patience.toNanos();
    try {
      synchronized (connected) {
        for (long left = patience.toMillis(); find(id).isEmpty() && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
          connected.wait(left);
        }
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    return find(id).orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "host",
        "Host " + id + " is not connected; it may be restarting. Try again in a moment."));
  }
}
