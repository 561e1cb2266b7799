package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestInit;
import dev.wrenn.guest.GuestReady;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.drivers.Parts;
import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.machine.Admission.Share;
import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one capsule: admission → journal → disk and network side by side → boot → agent → commit. A failure undoes what was made, in
 * reverse order and on a thread of its own, so that neither the caller's end nor an interrupt can stop the undoing.
 */
final class Creation {
  private static final Logger LOG = LoggerFactory.getLogger(Creation.class);
  private static final Duration SETTLE = Duration.ofSeconds(5);
  private static final int HOSTNAME = 63;

  private final HostContext host;
  private final Ending ending;
  private final Cleaner cleaner;
  private final CapsuleLife life;
  private final CapsuleOrder order;
  private final PlanId id;
  private final Deadline within;
  private final Steps steps;

  /** @param order with its variables, which nobody else keeps */
  Creation(HostContext host, Ending ending, Cleaner cleaner, CapsuleLife life, CapsuleOrder order, Deadline within) {
    this.host = host;
    this.ending = ending;
    this.cleaner = cleaner;
    this.life = life;
    this.within = within;
    this.order = order;
    id = life.id();
    steps = new Steps(host.faults(), id);
  }

  /** How long after its deadline a create may still be undoing what it made. */
  static Duration longestUndo(HostSettings settings) {
    return settings.limits().undo().plus(SETTLE);
  }

  /** What was found before anything was made. */
  record Ground(GuestImage image, GuestKernel kernel, Trio drivers) {}

  /** Checks and reserves. Until this has succeeded there is nothing to undo and nothing to record. */
  Ground prepare() throws HostException {
    try {
      return steps.take("admission", () -> {
        goOn();
        GuestImage image = host.files().image(order.image());
        GuestKernel kernel = host.files().kernel();
        Trio drivers = trio();
        long diskMib = diskMib(image);
        host.admission().reserve(order.id(), new Share(order.vcpus(), order.memoryMib() + (long) host.settings().shares().overheadMib(),
            diskMib), host.capacity().total());
        return new Ground(image, kernel, drivers);
      });
    } catch (Exception e) {
      host.admission().release(order.id());
      throw explain(e);
    }
  }

  /** The agent makes the file system as large as its disk; nobody can make it smaller than it came. */
  private long diskMib(GuestImage image) throws HostException {
    if (order.diskMib() > 0 && order.diskMib() < image.sizeMib()) {
      throw new HostException(Code.INVALID, "admission", "Capsule " + order.id() + " can't have a disk of " + order.diskMib() + " MiB: image '"
          + order.image() + "' alone has " + image.sizeMib() + ". Ask for that or more, or for 0, which is the image's size");
    }
    return Math.max(order.diskMib(), image.sizeMib());
  }

  /** Makes it. @throws HostException when it could not be made; it is in {@link State#ERROR} then */
  HostedCapsule make(Ground ground) throws HostException {
    try {
      steps.take("journal", () -> {
        life.intend(life.record().withDrivers(ground.drivers().names()));
        return null;
      });
      makeAll(ground);
      life.took(steps.list());
      return life.picture();
    } catch (Throwable e) {
      HostException why = explain(e);
      undo(why);
      throw why;
    }
  }

  private void makeAll(Ground ground) throws Exception {
    Parts parts = life.parts();
    goOn();
    Branch<Disk> branch = new Branch<>("disk-" + id, () -> steps.take("disk", () -> disk(ground)));
    Network network;
    Disk disk;
    try {
      network = steps.take("network", () -> network(ground));
      disk = branch.join();
    } catch (Exception e) {
      branch.abandon(Deadline.after(host.settings().limits().disk().plus(SETTLE)));
      throw e;
    }
    goOn();
    waitForPermit();
    GuestReady ready;
    try {
      goOn();
      MicroVm vm = steps.take("boot", () -> boot(ground, disk, network));
      goOn();
      ready = steps.take("agent", () -> agent(network, vm));
    } finally {
      host.boots().release();
    }
    goOn();
    steps.take("commit", () -> {
      life.activity().mark();
      life.move(Move.READY, record -> record.running(Instant.now(), address(network), steps.list(), facts(ground, ready), parts.handles()));
      return null;
    });
  }

  /** Waiting for the drivers' first probes has a name of its own. */
  private Trio trio() throws Exception {
    return host.drivers().probed() ? host.drivers().choose(within) : steps.take("drivers", () -> host.drivers().choose(within));
  }

  private Disk disk(Ground ground) throws Exception {
    var part = life.parts().disk;
    part.intend(ground.drivers().storage().name());
    long bytes = order.diskMib() == 0 ? ground.image().image().sizeBytes() : (long) order.diskMib() << 20;
    return part.make(ground.drivers().storage().driver(), driver ->
        driver.create(new DiskPlan(id, ground.image().disk(), bytes), within.limitedTo(limits().disk())));
  }

  private Network network(Ground ground) throws Exception {
    var part = life.parts().network;
    part.intend(ground.drivers().network().name());
    return part.make(ground.drivers().network().driver(), driver ->
        driver.acquire(new NetworkPlan(id, host.settings().agentPort(), order.egress()), within.limitedTo(limits().network())));
  }

  private MicroVm boot(Ground ground, Disk disk, Network network) throws Exception {
    HostSettings.Shares shares = host.settings().shares();
    BootPlan.Limits most = new BootPlan.Limits(order.vcpus() * 100 + shares.headroomCpuPercent(),
        (order.memoryMib() + (long) shares.headroomMib()) << 20, shares.pids());
    List<String> words = List.of("wrenn.token=" + host.tokenHashes().apply(id), "wrenn.hostname=" + hostname(),
        "wrenn.port=" + host.settings().agentPort());
    BootPlan plan = new BootPlan(id, order.vcpus(), order.memoryMib(), ground.kernel(), disk.attachment(), network.attachment(), words, most);
    var part = life.parts().vm;
    part.intend(ground.drivers().hypervisor().name());
    return part.make(ground.drivers().hypervisor().driver(), driver -> driver.boot(plan, within.limitedTo(limits().boot())));
  }

  private GuestReady agent(Network network, MicroVm vm) throws Exception {
    GuestClient client = host.guests().connect(network.agent(), () -> host.tokens().apply(id), id.toString());
    life.agent(client);
    GuestInit init = new GuestInit(1, hostname(), host.machineIds().apply(id),
        Optional.of(host.userTokens().apply(order.id())), order.defaultUser(), Optional.empty(), order.env());
    return client.awaitReady(init, within.limitedTo(limits().agent()), vm.exited().thenApply(MicroVm.VmExit::reason));
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

  private void goOn() throws HostException {
    Optional<HostException> cancelled = life.cancelled();
    if (cancelled.isPresent()) {
      throw cancelled.get();
    }
    if (within.expired()) {
      throw new HostException(Code.TIMEOUT, steps.current(), "Capsule " + order.id() + " was not made in time: after '" + steps.current()
          + "' the time was up");
    }
  }

  private void undo(HostException why) {
    Thread.interrupted(); // Whoever interrupted wanted the making to end, not the undoing.
    life.closeAgent();
    Deadline limit = Deadline.after(limits().undo());
    Branch<Boolean> undoing = new Branch<>("undo-" + id, () -> undone(limit));
    undoing.settle(Deadline.after(longestUndo(host.settings())));
    boolean clean = !life.parts().made();
    try {
      life.move(Move.FAIL, record -> failed(record, why, clean));
    } catch (HostException e) {
      LOG.error("That {} failed could not be written down; at the next start it is found half made", id, e);
      life.trouble(e.getMessage());
      life.show(record -> failed(record, why, clean));
    }
    LOG.warn("Capsule {} could not be made: {}", id, why.getMessage(), why.getCause());
    if (clean) {
      host.admission().release(order.id());
    } else {
      cleaner.later(life);
    }
  }

  private boolean undone(Deadline limit) {
    try {
      ending.end(life, limit);
      return true;
    } catch (HostException e) {
      LOG.warn("Capsule {} could not be undone at once; it is tried again", id, e);
      life.trouble(e.getMessage());
      return false;
    }
  }

  private CapsuleRecord failed(CapsuleRecord record, HostException why, boolean clean) {
    CapsuleRecord next = record.ending(State.ERROR, Instant.now(), Optional.of(new Failure(why.step(), why.getMessage())), steps.list());
    return clean ? next.cleaned() : next;
  }

  private HostException explain(Throwable failure) {
    Optional<HostException> cancelled = life.cancelled();
    if (cancelled.isPresent()) {
      return cancelled.get();
    }
    return Reasons.of(steps.current(), order.id(), failure);
  }

  private Map<String, String> facts(Ground ground, GuestReady ready) {
    Map<String, String> facts = new TreeMap<>();
    Trio drivers = ground.drivers();
    Map<String, String> probed = drivers.hypervisor().probe().map(Probe::facts).orElse(Map.of());
    String agent = ready.version().orElseGet(host.files()::agentVersion);
    facts.put("kernel_version", ground.kernel().version());
    facts.put("agent_version", agent);
    facts.put("envd_version", agent);
    facts.put("image_id", ground.image().image().id());
    facts.put("hypervisor", drivers.hypervisor().name());
    facts.put("hypervisor_version", probed.getOrDefault(drivers.hypervisor().name() + ".version", drivers.hypervisor().driver().version()));
    Optional.ofNullable(probed.get("accelerator")).ifPresent(accelerator -> facts.put("accelerator", accelerator));
    facts.put("storage", drivers.storage().name());
    facts.put("network", drivers.network().name());
    return facts;
  }

  private String hostname() {
    return order.id().length() <= HOSTNAME ? order.id() : order.id().substring(0, HOSTNAME);
  }

  private static String address(Network network) {
    return network.agent().getAddress().getHostAddress() + ":" + network.agent().getPort();
  }

  private HostSettings.Limits limits() {
    return host.settings().limits();
  }
}
