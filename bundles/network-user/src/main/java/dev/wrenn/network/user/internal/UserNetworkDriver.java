package dev.wrenn.network.user.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.network.NetworkPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.Designate;

/** Hands out loopback ports for hypervisors that bring a network of their own. Needs no privilege and keeps nobody apart. */
@Component(
    service = NetworkDriver.class,
    configurationPid = "dev.wrenn.network.user",
    property = {Driver.NAME + "=" + UserNetworkDriver.DRIVER, "service.ranking:Integer=-100"},
    properties = "OSGI-INF/driver.properties")
@Designate(ocd = UserNetworkConfig.class)
public final class UserNetworkDriver implements NetworkDriver {
  static final String DRIVER = "user";
  private static final String KIND = "network";
  private static final String STEP = "network";
  private static final String PORT = "port";
  private static final String LIMITS = "With egress the guest also reaches what listens on this host's loopback interface (as"
      + " 10.0.2.2) and this host's own network; without egress it reaches nothing. Traffic can't be counted. For development only.";

  private final PortMarkers markers;
  private final String version;

  @Activate
  public UserNetworkDriver(UserNetworkConfig config, BundleContext context) {
    this(directory(config.directory()), config.firstPort(), config.ports(), context.getBundle().getVersion().toString());
  }

  public UserNetworkDriver(Path directory, int firstPort, int ports, String version) {
    if (firstPort < 1024 || ports < 1 || firstPort + ports > 65_536) {
      throw new IllegalArgumentException(ports + " ports from " + firstPort + " on are not within 1024 to 65535; mend firstPort or ports"
          + " of dev.wrenn.network.user");
    }
    this.markers = new PortMarkers(directory, firstPort, ports);
    this.version = version;
  }

  private static Path directory(String configured) {
    return configured.isBlank()
        ? Path.of(System.getProperty("java.io.tmpdir"), "wrenn-net-" + System.getProperty("user.name"))
        : Path.of(configured);
  }

  @Override
  public String name() {
    return DRIVER;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Set<String> offers() {
    return Set.of("user");
  }

  @Override
  public Probe probe(Deadline within) throws DriverException {
    within.check("probe");
    Map<String, String> facts = Map.of("directory", markers.directory().toString(), "ports",
        markers.first() + "-" + (markers.first() + markers.count() - 1), "limits", LIMITS);
    NetworkPlan trial = new NetworkPlan(new PlanId("probe-" + ProcessHandle.current().pid(), 1), 1, false);
    try {
      OptionalInt port = markers.take(trial);
      if (port.isEmpty()) {
        return new Probe(false, "All ports of " + facts.get("ports") + " are taken. End capsules, or raise 'ports' of"
            + " dev.wrenn.network.user.", facts);
      }
      markers.remove(port.getAsInt());
      return new Probe(true, "Capsules use their hypervisor's own network. " + LIMITS, facts);
    } catch (IOException e) {
      return new Probe(false, "Markers can't be kept in " + markers.directory() + ": " + e.getMessage() + ". Make it writable or set"
          + " 'directory' of dev.wrenn.network.user to another.", facts);
    }
  }

  @Override
  public Network acquire(NetworkPlan plan, Deadline within) throws DriverException {
    within.check(STEP);
    if (plan.agentPort() < 1 || plan.agentPort() > 65_535) {
      throw failure(Code.INVALID, "Agent port " + plan.agentPort() + " of " + plan.id() + " is not from 1 to 65535");
    }
    try {
      List<PortMarkers.Taken> there = markers.of(plan.id().capsule());
      if (!there.isEmpty()) {
        return existing(plan, there.getFirst());
      }
      int port = markers.take(plan).orElseThrow(() -> failure(Code.NO_CAPACITY, "All " + markers.count() + " ports from "
          + markers.first() + " on are taken. End capsules, or raise 'ports' of dev.wrenn.network.user."));
      return network(port, plan);
    } catch (IOException e) {
      throw io("Network of " + plan.id() + " can't be marked", e);
    }
  }

  private Network existing(NetworkPlan plan, PortMarkers.Taken taken) throws DriverException {
    if (!taken.plan().equals(plan)) {
      throw failure(Code.CONFLICT, "Capsule " + plan.id().capsule() + " has port " + taken.port() + " already, as " + taken.plan()
          + ". Release or discard that first.");
    }
    return network(taken.port(), plan);
  }

  @Override
  public Network adopt(Handle handle, Deadline within) throws DriverException {
    within.check(STEP);
    int port = Integer.parseInt(handle.need(PORT));
    try {
      Optional<PortMarkers.Taken> taken = markers.read(port).filter(one -> one.plan().id().equals(handle.id()));
      if (taken.isPresent()) {
        return network(port, taken.get().plan());
      }
    } catch (IOException e) {
      throw io("Marker of port " + port + " of " + handle.id() + " can't be read", e);
    }
    discard(handle.id(), within);
    throw failure(Code.GONE, "Port " + port + " is not marked for " + handle.id() + " in " + markers.directory());
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    within.check(STEP);
    try {
      for (PortMarkers.Taken taken : markers.of(id.capsule())) {
        if (taken.plan().id().equals(id)) {
          markers.remove(taken.port());
        }
      }
    } catch (IOException e) {
      throw io("Markers of " + id + " can't be removed from " + markers.directory(), e);
    }
  }

  private Network network(int port, NetworkPlan plan) {
    Handle handle = new Handle(KIND, DRIVER, version, plan.id(), Map.of(PORT, Integer.toString(port)));
    return new UserNetwork(handle, port, plan, this);
  }

  private static DriverException failure(Code code, String message) {
    return DriverException.of(code, STEP, message);
  }

  private static DriverException io(String what, IOException e) {
    return DriverException.of(Code.IO, STEP, what + ": " + e.getMessage(), e);
  }
}
