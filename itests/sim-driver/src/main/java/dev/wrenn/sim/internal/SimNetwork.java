package dev.wrenn.sim.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.network.NetworkAttachment.GuestAddress;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.network.NetworkPlan;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Simulated networks: each has a loopback address of its own, at which the shared agent plays its guest. */
public final class SimNetwork implements NetworkDriver {
  private static final GuestAddress GUEST = new GuestAddress("169.254.0.21/30", "169.254.0.22", List.of("169.254.0.22"));
  private static final String MAC = "02:00:00:00:00:";

  private final Marks networks;
  private final Marks slots;
  private final int port;
  private final int capacity;
  private final AtomicInteger next = new AtomicInteger();

  /** @param port of the shared agent */
  public SimNetwork(Path directory, int port, int capacity) throws IOException {
    networks = new Marks(directory.resolve("networks"), "network");
    slots = new Marks(directory.resolve("slots"), "network");
    this.port = port;
    this.capacity = capacity;
  }

  /** The loopback address of a slot. */
  static String address(int slot) {
    return "127." + (64 + (slot >> 16)) + "." + (slot >> 8 & 255) + "." + (slot & 255);
  }

  /** The slot of an attachment: it stands in the last parts of the card's address. */
  static int slot(NetworkAttachment.UserMode network) {
    return Integer.parseInt(network.mac().substring(MAC.length()), 16);
  }

  @Override
  public String name() {
    return Sim.NAME;
  }

  @Override
  public String version() {
    return Sim.VERSION;
  }

  @Override
  public Set<String> offers() {
    return Set.of("user");
  }

  @Override
  public Probe probe(Deadline within) {
    return new Probe(true, "Simulated networks: nothing goes over them. For tests only", Map.of());
  }

  @Override
  public Network acquire(NetworkPlan plan, Deadline within) throws DriverException {
    networks.check(within);
    if (plan.agentPort() < 1 || plan.agentPort() > 65_535) {
      throw DriverException.of(Code.INVALID, "network", "Port " + plan.agentPort() + " of " + plan.id() + " is no TCP port");
    }
    Optional<String> there = networks.text(plan.id().capsule());
    String wanted = plan.id().generation() + " " + plan.agentPort() + " " + plan.egress() + " ";
    if (there.isPresent()) {
      if (!there.get().startsWith(wanted)) {
        throw networks.conflict(plan.id());
      }
      return new SimNet(plan.id(), there.get());
    }
    int slot = takeSlot(plan.id());
    String text = wanted + slot;
    if (!networks.make(plan.id().capsule(), text)) {
      slots.remove(Integer.toString(slot), plan.id().toString());
      return acquire(plan, within);
    }
    return new SimNet(plan.id(), text);
  }

  @Override
  public Network adopt(Handle handle, Deadline within) throws DriverException {
    networks.check(within);
    String text = handle.need("text");
    if (!networks.text(handle.id().capsule()).equals(Optional.of(text))) {
      throw networks.gone(handle.id());
    }
    return new SimNet(handle.id(), text);
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    networks.check(within);
    Optional<String> text = networks.text(id.capsule()).filter(found -> found.startsWith(id.generation() + " "));
    if (text.isPresent()) {
      release(id, text.get());
    }
  }

  private int takeSlot(PlanId id) throws DriverException {
    int first = next.getAndIncrement();
    for (int at = 0; at < capacity; at++) {
      int slot = 1 + Math.floorMod(first + at, capacity);
      if (slots.make(Integer.toString(slot), id.toString())) {
        return slot;
      }
    }
    throw DriverException.of(Code.NO_CAPACITY, "network", "All " + capacity + " simulated networks are taken: " + id + " gets none");
  }

  private void release(PlanId id, String text) throws DriverException {
    networks.remove(id.capsule(), text);
    slots.remove(text.substring(text.lastIndexOf(' ') + 1), id.toString());
  }

  private final class SimNet implements Network {
    private final PlanId id;
    private final String text;
    private final int slot;

    SimNet(PlanId id, String text) {
      this.id = id;
      this.text = text;
      slot = Integer.parseInt(text.substring(text.lastIndexOf(' ') + 1));
    }

    @Override
    public Handle handle() {
      return new Handle("network", Sim.NAME, Sim.VERSION, id, Map.of("text", text));
    }

    @Override
    public NetworkAttachment attachment() {
      String[] words = text.split(" ");
      return new NetworkAttachment.UserMode(port, Integer.parseInt(words[1]), MAC + Integer.toHexString(slot), Boolean.parseBoolean(words[2]),
          GUEST);
    }

    @Override
    public InetSocketAddress agent() {
      return new InetSocketAddress(address(slot), port);
    }

    @Override
    public Optional<Traffic> traffic() {
      return Optional.empty();
    }

    @Override
    public void release(Deadline within) throws DriverException {
      networks.check(within);
      SimNetwork.this.release(id, text);
    }
  }
}
