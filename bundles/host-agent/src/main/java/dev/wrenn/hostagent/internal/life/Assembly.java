package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestReady;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.process.GuestException;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import dev.wrenn.uffd.PagedMemory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Puts a capsule together: disk, network and memory side by side → boot or restore → agent. What it made is in the capsule's parts, also
 * when it fails: undoing is for its caller.
 */
final class Assembly {
  private static final Duration SETTLE = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

  private final HostContext host;
  private final CapsuleLife life;
  private final CapsuleOrder order;
  private final PlanId id;
  private final Steps steps;
  private final Deadline within;

  /** What came of it. @param facts for everyone to see */
  record Made(String address, Map<String, String> facts) {}

  /** @param order with its variables, if they are known */
  Assembly(HostContext host, CapsuleLife life, CapsuleOrder order, Steps steps, Deadline within) {
    this.host = host;
    this.life = life;
    this.steps = steps;
    this.within = within;
    this.order = order;
    id = life.id();
  }

  Made assemble(Ground ground) throws Exception {
    goOn();
    Branch<Disk> disks = new Branch<>("disk-" + id, () -> steps.take("disk", () -> disk(ground)));
    Branch<Optional<Memories.Found>> memories = new Branch<>("memory-" + id, () -> memory(ground));
    Network network;
    Disk disk;
    Optional<Memories.Found> memory;
    try {
      network = steps.take("network", () -> network(ground));
      disk = disks.join();
      memory = memories.join();
    } catch (Exception e) {
      disks.abandon(Deadline.after(limits().disk().plus(SETTLE)));
      memories.abandon(Deadline.after(limits().disk().plus(SETTLE)));
      throw e;
    }
    goOn();
    waitForPermit();
    GuestReady ready;
    try {
      goOn();
      BootPlan plan = plan(ground, disk, network);
      MicroVm vm = memory.isPresent() ? steps.take("restore", () -> restore(ground, plan, memory.get().source())) : steps.take("boot", () -> boot(ground, plan));
      goOn();
      PlanId former = ground.saved().isPresent() ? SavedFacts.of(ground.saved().get()).life() : id;
      ready = steps.take("agent", () -> agent(ground, network.agent(), former, vm));
      if (grown(ground) > 0 || bootedLarger(ground)) {
        steps.take("grow", () -> {
          grow(ground.diskBytes());
          return null;
        });
      }
    } finally {
      host.boots().release();
    }
    goOn();
    return new Made(address(network), facts(ground, ready, memory));
  }

  /**
   * Makes a guest the capsule's that runs already: it gets the identity, and all that it consists of is the capsule's, durably so before this is called.
   * The turn of the former is its caller's.
   */
  Made takeOver(Ground ground, CapsuleLife former) throws Exception {
    goOn();
    Map<String, String> facts = new TreeMap<>(former.record().facts());
    String address = former.record().agent().orElseThrow();
    steps.take("take", () -> {
      Snapshot leased = host.snapshots().need(within).lease(ground.saved().orElseThrow().id(), order.id());
      if (!leased.manifest().memory().map().toString().equals(facts.get(CapsuleLife.MEMORY_MAP))) {
        throw new HostException(Code.UNAVAILABLE, "take", "What " + former.id() + " was restored from is kept as another map now");
      }
      life.restoredFrom(leased.id());
      life.parts().take(former.parts());
      former.handedOver();
      return null;
    });
    goOn();
    MicroVm vm = life.parts().vm.object().orElseThrow(() -> new HostException(Code.UNAVAILABLE, "take", "The driver of " + former.id() + " has gone"));
    steps.take("agent", () -> agent(ground, Greeting.address(address), former.id(), vm));
    former.closeAgent();
    goOn();
    facts.put("start", "ready " + ground.kept().orElseThrow().size());
    facts.put(CapsuleLife.MICROVM, former.id().toString());
    return new Made(address, facts);
  }

  private Disk disk(Ground ground) throws Exception {
    if (ground.saved().isPresent()) {
      SavedFacts.checkDisks(ground.saved().get());
    }
    var part = life.parts().disk;
    part.intend(ground.drivers().storage().name());
    return part.make(ground.drivers().storage().driver(), driver ->
        driver.create(new DiskPlan(id, ground.disk(), ground.diskBytes()), within.limitedTo(limits().disk())));
  }

  private Network network(Ground ground) throws Exception {
    var part = life.parts().network;
    part.intend(ground.drivers().network().name());
    return part.make(ground.drivers().network().driver(), driver ->
        driver.acquire(new NetworkPlan(id, host.settings().agentPort(), order.egress()), within.limitedTo(limits().network())));
  }

  /** What was saved stays for as long as somebody uses it. */
  private Optional<Memories.Found> memory(Ground ground) throws Exception {
    if (ground.saved().isEmpty()) {
      return Optional.empty();
    }
    Snapshot saved = ground.saved().get();
    life.restoredFrom(saved.id());
    return Optional.of(steps.take("memory",
        () -> host.memories().open(id, saved, ground.drivers().hypervisor().driver().accepts(), steps, within)));
  }

  private BootPlan plan(Ground ground, Disk disk, Network network) {
    HostSettings.Shares shares = host.settings().shares();
    BootPlan.Limits most = new BootPlan.Limits(order.vcpus() * 100 + shares.headroomCpuPercent(),
        (order.memoryMib() + (long) shares.headroomMib()) << 20, shares.pids());
    List<String> words = List.of("wrenn.token=" + host.tokenHashes().apply(id), "wrenn.hostname=" + hostname(),
        "wrenn.port=" + host.settings().agentPort());
    return new BootPlan(id, order.vcpus(), order.memoryMib(), ground.kernel(), disk.attachment(), network.attachment(), words, most);
  }

  private MicroVm boot(Ground ground, BootPlan plan) throws Exception {
    var part = life.parts().vm;
    part.intend(ground.drivers().hypervisor().name());
    return part.make(ground.drivers().hypervisor().driver(), driver -> driver.boot(plan, within.limitedTo(limits().boot())));
  }

  private MicroVm restore(Ground ground, BootPlan plan, MemorySource memory) throws Exception {
    Snapshot saved = ground.saved().orElseThrow();
    RestorePlan restore = new RestorePlan(plan, saved.part(SavedFacts.STATE), new SavedState(saved.manifest().details().needs()), memory, grown(ground));
    var part = life.parts().vm;
    part.intend(ground.drivers().hypervisor().name());
    return part.make(ground.drivers().hypervisor().driver(), driver -> driver.restore(restore, within.limitedTo(patience(ground, limits().boot()))));
  }

  private GuestReady agent(Ground ground, InetSocketAddress address, PlanId former, MicroVm vm) throws Exception {
    GuestClient client = host.guests().connect(address, () -> host.tokens().apply(id), id.toString());
    life.agent(client);
    return client.awaitReady(Greeting.of(host, life, order, ground.saved().isPresent()), () -> host.tokens().apply(former),
        within.limitedTo(patience(ground, limits().agent())), hopeless(vm));
  }

  /** Where something else can be tried there must be time left for it. */
  private static Duration patience(Ground ground, Duration most) {
    return ground.otherwise().isPresent() && most.compareTo(SOON) > 0 ? SOON : most;
  }

  /** Size of a disk that is larger than the one that the guest was saved with; else 0. */
  private static long grown(Ground ground) throws SnapshotException {
    return ground.saved().isPresent() && ground.diskBytes() > SavedFacts.of(ground.saved().get()).diskBytes() ? ground.diskBytes() : 0;
  }

  /** A booted guest grows its file system by itself, too, but when it finds the time: what was asked for is there when the capsule is. */
  private static boolean bootedLarger(Ground ground) throws IOException {
    return ground.saved().isEmpty() && ground.diskBytes() > Files.size(ground.disk());
  }

  /** The guest's kernel sees the larger disk a moment after it was told of it. */
  private void grow(long bytes) throws GuestException, InterruptedException {
    Deadline limit = within.limitedTo(limits().agent());
    GuestClient client = life.agent().orElseThrow();
    while (client.growDisk(limit).deviceBytes() < bytes) {
      if (limit.expired()) {
        throw new GuestException(GuestException.Code.TIMEOUT, "The guest of " + id + " does not see that its disk has " + bytes + " bytes");
      }
      Thread.sleep(LOOK_AGAIN);
    }
  }

  /** Why the agent will never answer, as soon as that is so. */
  private CompletionStage<String> hopeless(MicroVm vm) {
    CompletableFuture<String> why = new CompletableFuture<>();
    vm.exited().thenAccept(exit -> why.complete(exit.reason()));
    host.memories().of(id).ifPresent(memory -> memory.end().thenAccept(end -> {
      if (end.kind() == PagedMemory.Kind.LOST) {
        why.complete("its memory was not delivered: " + end.reason());
      }
    }));
    return why;
  }

  /** What was assembled may have ended since: then it must not be shown as running. */
  void alive() throws HostException {
    Optional<String> ended = life.parts().vm.object().map(vm -> vm.exited().toCompletableFuture())
        .filter(exit -> exit.state() == Future.State.SUCCESS).map(exit -> exit.resultNow().reason());
    Optional<String> why = host.memories().lost(id).or(() -> ended);
    if (why.isPresent()) {
      throw new HostException(Code.FAILED, "commit", "Capsule " + id.capsule() + " ended when it had just begun to run: " + why.get());
    }
  }

  /** A machine that starts too many guests at once makes all of them late: they take turns instead. */
  private void waitForPermit() throws Exception {
    if (host.boots().tryAcquire()) {
      return;
    }
    steps.take("turn", () -> {
      if (!host.boots().tryAcquire(within.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new HostException(Code.TIMEOUT, "turn", "Capsule " + order.id() + " did not get its turn to boot in time: "
            + host.settings().parallelBoots() + " others boot at once. Ask with more time, or later");
      }
      return null;
    });
  }

  void goOn() throws HostException {
    Optional<HostException> cancelled = life.cancelled();
    if (cancelled.isPresent()) {
      throw cancelled.get();
    }
    if (within.expired()) {
      throw new HostException(Code.TIMEOUT, steps.current(), "Capsule " + order.id() + " was not made in time: after '" + steps.current()
          + "' the time was up");
    }
  }

  private Map<String, String> facts(Ground ground, GuestReady ready, Optional<Memories.Found> memory) {
    Map<String, String> facts = new TreeMap<>();
    Trio drivers = ground.drivers();
    Map<String, String> probed = drivers.hypervisor().probe().map(Probe::facts).orElse(Map.of());
    String agent = ready.version().orElseGet(host.files()::agentVersion);
    facts.put("kernel_version", ground.kernel().version());
    facts.put("agent_version", agent);
    facts.put("envd_version", agent);
    facts.put("image_id", ground.imageId());
    facts.put("hypervisor", drivers.hypervisor().name());
    facts.put("hypervisor_version", probed.getOrDefault(drivers.hypervisor().name() + ".version", drivers.hypervisor().driver().version()));
    Optional.ofNullable(probed.get("accelerator")).ifPresent(accelerator -> facts.put("accelerator", accelerator));
    facts.put("storage", drivers.storage().name());
    facts.put("network", drivers.network().name());
    facts.put("start", ground.start());
    facts.put("memory", memory.map(found -> found.source().variant()).orElse("fresh"));
    memory.ifPresent(found -> {
      facts.put("memory_reason", found.reason());
      facts.put(CapsuleLife.MEMORY_MAP, found.map().toString());
    });
    return facts;
  }

  private String hostname() {
    return Greeting.hostname(order.id());
  }

  private static String address(Network network) {
    return network.agent().getAddress().getHostAddress() + ":" + network.agent().getPort();
  }

  private HostSettings.Limits limits() {
    return host.settings().limits();
  }
}
