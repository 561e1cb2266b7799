package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestMetrics;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.drivers.Part;
import dev.wrenn.hostagent.internal.machine.CpuIdentity;
import dev.wrenn.process.GuestException;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.PageSink;
import dev.wrenn.spi.storage.CapturedDisk;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.StorageDriver;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a running capsule down: its guest lends back what memory it does not use, is made quiet, is frozen, and its devices, memory and disk
 * are written beside each other. Then it is frozen still; whether it ends or goes on is for the caller. Of one that goes on the memory is only
 * {@linkplain HeldPages held} until it does, and written down by {@link #write}. Its caller has the turn.
 */
final class Saving implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Saving.class);
  private static final Duration QUIET = Duration.ofSeconds(30);
  private static final Duration RECLAIM = Duration.ofMillis(1_500);
  private static final Duration FREEZE = Duration.ofSeconds(30);
  private static final long MIB = 1 << 20;
  /** Whoever uses more stands still for longer, and the host keeps its memory for others. */
  private static final long MOST_HELD = 4096 * MIB;
  /** What a guest keeps beyond a quarter more than it uses. */
  private static final long KEEP = 128 * MIB;
  /** What QEMU itself takes, about: not worth asking the guest for. */
  private static final long OWN = 96 * MIB;

  private final HostContext host;
  private final CapsuleLife life;
  private final Steps steps;
  private final Deadline within;
  private final MicroVm vm;
  private final Disk disk;
  private final SnapshotId id;
  private final Draft draft;
  private final Path capture;
  private final boolean goesOn;
  private Optional<HeldPages> held = Optional.empty();
  private Optional<PagedMemory.Zeros> zeros = Optional.empty();
  private SavedState state;
  private CapturedDisk captured;
  private long stands;

  /** Checks that it can be saved, before anything is done to it. */
  Saving(HostContext host, CapsuleLife life, SnapshotId id, boolean goesOn, Steps steps, Deadline within) throws Exception {
    this.host = host;
    this.goesOn = goesOn;
    this.life = life;
    this.id = id;
    this.steps = steps;
    this.within = within;
    vm = here(life, life.parts().vm);
    disk = here(life, life.parts().disk);
    if (!vm.canSave()) {
      throw new HostException(Code.INVALID, "save", "Capsule " + life.id().capsule() + " can't be saved: its hypervisor driver, or the way in which"
          + " it was started, does not allow it");
    }
    if (vm.retryWrites(within.limitedTo(FREEZE))) {
      throw new HostException(Code.NO_CAPACITY, "save", "Capsule " + life.id().capsule() + " stands still: there is no room for what it writes to its"
          + " disk. Make room, then it goes on and can be paused");
    }
    capture = host.captures().file(disk.handle().driver(), id);
    Snapshots snapshots = host.snapshots().need(within);
    draft = begin(snapshots);
    host.captures().hold();
  }

  private Draft begin(Snapshots snapshots) throws Exception {
    Draft[] begun = new Draft[1];
    try {
      return steps.take("prepare", () -> begun[0] = snapshots.prepare(id, Math.max(vm.stats().residentBytes(), 0)));
    } catch (Exception e) {
      if (begun[0] != null) {
        begun[0].close();
      }
      throw e;
    }
  }

  /** Stops it, and writes down what it was at that moment. */
  void capture() throws Exception {
    steps.take("reclaim", () -> {
      reclaim();
      return null;
    });
    if (goesOn) {
      hold();
    }
    stands = System.nanoTime();
    steps.take("quiesce", () -> {
      quiet();
      return null;
    });
    steps.take("freeze", () -> {
      vm.freeze(within.limitedTo(FREEZE));
      return null;
    });
    Branch<CapturedDisk> disks = new Branch<>("capture-" + id.owner(), () -> steps.take("disk", () -> {
      driver().deleteCapture(capture, within);
      return disk.capture(capture, within);
    }));
    try {
      state = steps.take("save", this::save);
      captured = disks.join();
    } catch (Exception e) {
      disks.abandon(Deadline.after(FREEZE));
      throw e;
    }
  }

  /** Takes the memory that the guest's is to be held in, where the machine has it to spare. Else its pages are written down while it stands still. */
  private void hold() throws HostException, DriverException {
    long resident = vm.stats().residentBytes();
    if (resident > 0 && resident <= MOST_HELD && host.capacity().hasFree(2 * resident / MIB)) {
      held = Optional.of(new HeldPages(resident));
    }
  }

  /** Writes down what was held; the guest may go on since {@link #capture}. */
  void write() throws Exception {
    if (held.isPresent()) {
      steps.take("write", () -> {
        try (HeldPages pages = held.get()) {
          name(pages::passTo);
        }
        return null;
      });
    }
  }

  /** For how long its processes have stood still. */
  double stillMillis() {
    return (System.nanoTime() - stands) / 1e4 / 100;
  }

  /** Makes it durable, checks it, and shows it. */
  Snapshot publish(UnaryOperator<Manifest.Details> words) throws Exception {
    Snapshot saved = steps.take("publish", () -> draft.publish(words.apply(new Manifest.Details(state.needs(), CpuIdentity.here(),
        life.record().facts().getOrDefault("agent_version", ""), SavedFacts.disks(captured), SavedFacts.facts(life.id(), life.record().order(),
        life.record().facts().getOrDefault("image_id", ""), captured, life.record().drivers())))));
    host.memories().keepHotSet(life, id);
    return saved;
  }

  /** Drops what is not published. */
  @Override
  public void close() {
    held.ifPresent(HeldPages::close);
    draft.close();
    host.captures().release();
  }

  private StorageDriver driver() throws HostException {
    return host.drivers().need(Kind.STORAGE, disk.handle().driver(), within);
  }

  private SavedState save() throws Exception {
    Path file = draft.file(SavedFacts.STATE);
    if (life.record().facts().containsKey(CapsuleLife.MEMORY_MAP) && life.record().paged()) {
      zeros = Optional.of(zeros());
    }
    if (held.isPresent()) {
      return vm.save(new SavePlan(file, held.get()), within);
    }
    SavedState[] saved = new SavedState[1];
    name(pages -> saved[0] = vm.save(new SavePlan(file, pages), within));
    return saved[0];
  }

  private interface Namer {
    void name(PageSink pages) throws Exception;
  }

  /** Has the draft's pages named by somebody, in terms of what the capsule was started from. */
  private void name(Namer namer) throws Exception {
    long bytes = (long) life.record().order().memoryMib() * MIB;
    String parent = life.record().facts().get(CapsuleLife.MEMORY_MAP);
    // Pages that were delivered look like pages that were written to.
    PageSink pages = parent == null ? draft.memory(bytes) : draft.memoryOver(new Digest(parent), life.record().paged());
    if (zeros.isEmpty()) {
      namer.name(pages);
      return;
    }
    UnseenZeros all = new UnseenZeros(pages, zeros.get(), bytes);
    namer.name(all);
    all.finish();
  }

  /** Without an answer pages that were given back come back as they once were, which guests don't mind. */
  private PagedMemory.Zeros zeros() throws PageServerException {
    if (life.record().facts().containsKey(CapsuleLife.MEMORY_WHOLE)) {
      return new PagedMemory.Zeros(true, new BitSet());
    }
    Optional<PagedMemory> memory = host.memories().of(life.id());
    return memory.isPresent() ? memory.get().zeros(within.limitedTo(FREEZE)) : new PagedMemory.Zeros(false, new BitSet());
  }

  private void quiet() throws GuestException {
    life.closeAgent();
    try (GuestClient client = Greeting.client(host, life)) {
      client.prepareFreeze(within.limitedTo(QUIET));
    }
  }

  /**
   * Memory that the guest does not use need not be written: it lends it and, when the host has dropped it, takes it back. That costs it some time, which
   * it has now and not when it goes on, perhaps many times. Without its answer all is written.
   */
  private void reclaim() throws DriverException {
    // What it lent to a save that was broken off goes back, too; a guest that is kept never did.
    boolean lends = id.kind() != SnapshotId.Kind.WARM;
    long all = (long) life.record().order().memoryMib() * MIB;
    try (GuestClient client = Greeting.client(host, life)) {
      GuestMetrics told = client.metrics(within.limitedTo(RECLAIM));
      long keep = told.memoryUsed() + told.memoryUsed() / 4 + KEEP;
      if (told.memoryUsed() > 0 && keep < all && vm.stats().residentBytes() > keep + OWN) {
        lends = true;
        vm.reclaim(all - keep, within.limitedTo(RECLAIM));
      }
    } catch (GuestException e) {
      LOG.warn("Capsule {} does not say what memory it uses; all of it is saved", life.id(), e);
    }
    if (lends) {
      vm.reclaim(0, within.limitedTo(RECLAIM));
    }
  }

  private static <D extends Driver, T> T here(CapsuleLife life, Part<D, T> part) throws HostException {
    Optional<T> object = part.object();
    return object.orElseThrow(() -> new HostException(Code.UNAVAILABLE, "save", "The " + part.kind() + " driver '" + part.driverName().orElse("?")
        + "' of capsule " + life.id().capsule() + " is not here now: ask again"));
  }
}
