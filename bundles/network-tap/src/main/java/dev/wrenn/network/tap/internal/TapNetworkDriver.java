package dev.wrenn.network.tap.internal;

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
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** Networks of capsules as namespaces with a TAP device. Needs root; without it every call says so. */
@Component(
    service = NetworkDriver.class,
    configurationPid = "dev.wrenn.network.tap",
    property = {Driver.NAME + "=" + TapNetworkDriver.DRIVER, "service.ranking:Integer=100"},
    properties = "OSGI-INF/driver.properties")
@Designate(ocd = TapNetworkConfig.class)
public final class TapNetworkDriver implements NetworkDriver {
  static final String DRIVER = "tap";
  private static final String KIND = "network";
  private static final Duration STOPPING = Duration.ofSeconds(15);

  private final TapSettings settings;
  private final String version;
  private final Optional<String> unable;
  private final SlotRegistry registry;
  private final SlotBuilder builder;
  private final HostGuard guard;
  private final SlotPool pool;

  @Activate
  public TapNetworkDriver(TapNetworkConfig config, BundleContext context) throws IOException {
    this(TapSettings.of(config, Resolvers.ofHost()), context.getBundle().getVersion().toString());
  }

  /** For use without a framework: whoever makes it calls {@link #deactivate}. */
  public TapNetworkDriver(String prefix, String subnet, int poolSize, int group, String version) throws IOException {
    this(settings(prefix, Cidr.parse(subnet), poolSize, group), version);
  }

  private static TapSettings settings(String prefix, Cidr subnet, int poolSize, int group) throws IOException {
    List<Cidr> denied = TapSettings.denied(subnet, List.of());
    return new TapSettings(prefix, subnet, poolSize, group, Resolvers.reachable(Resolvers.ofHost(), denied), denied);
  }

  private TapNetworkDriver(TapSettings settings, String version) throws IOException {
    this.settings = settings;
    this.version = version;
    this.unable = Privilege.missing();
    this.registry = new SlotRegistry(settings.stateDirectory(), Maker.thisProcess(), new SlotScripts(settings).stamp());
    this.builder = new SlotBuilder(settings);
    this.guard = new HostGuard(settings, registry);
    this.pool = new SlotPool(settings, registry, builder, guard);
    if (unable.isEmpty()) {
      pool.start();
    }
  }

  /** Capsules keep their networks. The free ones go; with the last network of all, the host's rules go as well. */
  @Deactivate
  public void deactivate() throws IOException, InterruptedException {
    if (unable.isPresent()) {
      return;
    }
    pool.stop();
    boolean last = registry.all().isEmpty();
    guard.close(last, Deadline.after(STOPPING));
    if (last) {
      registry.removeEmpty();
    }
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
    return Set.of("tap");
  }

  @Override
  public Probe probe(Deadline within) throws DriverException {
    return new TapProbe(settings, unable, registry, builder, guard, pool).run(within);
  }

  @Override
  public Network acquire(NetworkPlan plan, Deadline within) throws DriverException {
    needPrivilege();
    within.check(NetworkFailure.STEP);
    if (plan.agentPort() < 1 || plan.agentPort() > 65_535) {
      throw NetworkFailure.of(Code.INVALID, "Agent port " + plan.agentPort() + " of " + plan.id() + " is not from 1 to 65535");
    }
    try {
      guard.ensure(within);
      OptionalInt there = registry.slotOf(plan.id().capsule());
      return there.isPresent() ? existing(plan, settings.slot(there.getAsInt())) : fresh(plan, within);
    } catch (IOException e) {
      throw NetworkFailure.of("Network of " + plan.id() + " can't be made", e);
    }
  }

  private Network existing(NetworkPlan plan, Slot slot) throws IOException, DriverException {
    Optional<Owner> owner = registry.ownerOf(slot.number());
    if (owner.isEmpty() || !owner.get().plan().equals(plan)) {
      throw NetworkFailure.of(Code.CONFLICT, "Capsule " + plan.id().capsule() + " has network " + slot.name() + " already, as "
          + owner.map(Owner::plan).map(NetworkPlan::toString).orElse("one that is being removed") + ". Release or discard that first.");
    }
    try {
      return network(slot, plan);
    } catch (NoSuchFileException e) {
      throw NetworkFailure.of(Code.CONFLICT, "Network " + slot.name() + " of " + plan.id() + " has lost its namespace. Discard it first.");
    }
  }

  private Network fresh(NetworkPlan plan, Deadline within) throws IOException, DriverException {
    Slot slot = pool.take(new Owner(plan), within);
    try {
      if (!registry.assign(plan.id(), slot.number())) {
        throw NetworkFailure.of(Code.CONFLICT, "Capsule " + plan.id().capsule() + " was given a network by another call").asRetryable();
      }
      if (!plan.egress()) {
        guard.close(slot, within);
      }
      return network(slot, plan);
    } catch (IOException | DriverException | RuntimeException e) {
      Undo.after(e, time -> pool.remove(List.of(slot), time));
      throw e;
    }
  }

  @Override
  public Network adopt(Handle handle, Deadline within) throws DriverException {
    needPrivilege();
    within.check(NetworkFailure.STEP);
    Slot slot = slotOf(handle);
    if (slot.number() > settings.slots() || !handle.need("netns").equals(slot.netns().toString())
        || !handle.need("agent_address").equals(slot.capsuleAddress())) {
      throw NetworkFailure.of(Code.INVALID, "Network " + handle.need("netns") + " of " + handle.id() + " was made with another prefix or"
          + " subnet than " + slot.netns() + ". Set dev.wrenn.network.tap back until its capsules have ended.");
    }
    try {
      guard.ensure(within);
      Optional<Owner> owner = registry.ownerOf(slot.number()).filter(found -> found.id().equals(handle.id()));
      if (owner.isPresent() && builder.isWhole(slot, Long.parseLong(handle.need("netns_inode")), within)) {
        return network(slot, owner.get().plan());
      }
    } catch (IOException e) {
      throw NetworkFailure.of("Network " + slot.name() + " of " + handle.id() + " can't be looked at", e);
    }
    discard(handle.id(), within);
    throw NetworkFailure.of(Code.GONE, "Network " + slot.name() + " of " + handle.id() + " is no longer whole; the rest was removed");
  }

  private Slot slotOf(Handle handle) throws DriverException {
    try {
      return settings.slot(Integer.parseInt(handle.need("slot")));
    } catch (IllegalArgumentException e) {
      throw NetworkFailure.of(Code.INVALID, "The handle of " + handle.id() + " names slot '" + handle.need("slot") + "', which is none");
    }
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    within.check(NetworkFailure.STEP);
    if (unable.isPresent()) {
      return;
    }
    try {
      SortedSet<Integer> slots = registry.slotsOf(id);
      if (!slots.isEmpty()) {
        pool.remove(slots.stream().map(settings::slot).toList(), within);
        pool.refill();
      }
    } catch (IOException e) {
      throw NetworkFailure.of("Network of " + id + " can't be removed", e);
    }
  }

  private Network network(Slot slot, NetworkPlan plan) throws IOException {
    Handle handle = new Handle(KIND, DRIVER, version, plan.id(), Map.of(
        "slot", Integer.toString(slot.number()),
        "netns", slot.netns().toString(),
        "netns_inode", Long.toString(slot.inode()),
        "host_interface", slot.hostInterface(),
        "host_address", slot.hostAddress(),
        "agent_address", slot.capsuleAddress(),
        "device", Slot.TAP));
    return new TapNetwork(handle, slot, plan.agentPort(), settings, this::discard);
  }

  private void needPrivilege() throws DriverException {
    if (unable.isPresent()) {
      throw NetworkFailure.of(Code.UNSUPPORTED, unable.get());
    }
  }
}
