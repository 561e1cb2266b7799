package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hosts that are connected, by id, and what they tell. A call to one that is being updated waits for it a little. */
@Component(service = Hosts.class, configurationPid = "dev.wrenn.control-plane")
public final class Hosts {
  private static final Logger LOG = LoggerFactory.getLogger(Hosts.class);
  private final Map<String, Connected> connected = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<BiConsumer<String, HostedCapsule>> listeners = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<Runnable> arrivals = new CopyOnWriteArrayList<>();
  private final Duration patience;

  private record Connected(HostAgent agent, AutoCloseable subscription) {}

  @Activate
  public Hosts(ControlPlaneConfig config) {
    this.patience = Duration.ofSeconds(config.service_wait_seconds());
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addHost(HostAgent agent, Map<String, Object> properties) {
    String id = (String) properties.get(HostAgent.ID);
    AutoCloseable subscription = agent.watch(capsule -> listeners.forEach(l -> l.accept(id, capsule)));
    synchronized (connected) {
      connected.put(id, new Connected(agent, subscription));
      connected.notifyAll();
    }
    arrivals.forEach(Runnable::run);
  }

  void removeHost(HostAgent agent, Map<String, Object> properties) {
    String id = (String) properties.get(HostAgent.ID);
    connected.computeIfPresent(id, (key, known) -> known.agent == agent ? null : known);
  }

  /** Everything that a host tells of a capsule, from now on. */
  AutoCloseable listen(BiConsumer<String, HostedCapsule> listener, Runnable arrival) {
    listeners.add(listener);
    arrivals.add(arrival);
    return () -> {
      arrivals.remove(arrival);
      listeners.remove(listener);
    };
  }

  Optional<HostAgent> find(String id) {
    return Optional.ofNullable(connected.get(id)).map(Connected::agent);
  }

  Collection<Map.Entry<String, HostAgent>> all() {
    return connected.entrySet().stream().map(e -> Map.entry(e.getKey(), e.getValue().agent)).toList();
  }

  /** @throws HostException {@code UNAVAILABLE} when it did not come back in time */
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

  @org.osgi.service.component.annotations.Deactivate
  void close() {
    connected.values().forEach(c -> {
      try {
        c.subscription.close();
      } catch (Exception e) {
        LOG.debug("A host's subscription was gone already", e);
      }
    });
  }
}
