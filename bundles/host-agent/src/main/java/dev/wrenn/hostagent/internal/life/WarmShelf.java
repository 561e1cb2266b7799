package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.hostagent.internal.life.WarmStock.Kept;
import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.SnapshotId.Kind;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes booted guests, finds those that are there, and removes those that nobody wants any more. A guest is booted as a capsule of this host's
 * own, saved as an ordinary snapshot whose owner is the key of all that it was made from, and ended. For one thread at a time, but for the end.
 */
final class WarmShelf {
  private static final Logger LOG = LoggerFactory.getLogger(WarmShelf.class);
  private static final Duration MAKE = Duration.ofMinutes(3);
  private static final Duration END = Duration.ofSeconds(30);
  private static final Duration CHOOSE = Duration.ofSeconds(1);
  private static final Duration SETTLE = Duration.ofSeconds(20);
  private static final Duration REST = Duration.ofSeconds(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
  /** Of one processor; an idle guest under emulation takes less. */
  private static final int IDLE_PERCENT = 6;

  private final HostContext host;
  private final Capsules capsules;

  WarmShelf(HostContext host, Capsules capsules) {
    this.host = host;
    this.capsules = capsules;
  }

  /** What is wanted as things are now, by key. A size whose image is not here is not among it. */
  Map<String, Size> wanted() throws HostException, IOException {
    Map<String, Size> wanted = new LinkedHashMap<>();
    for (Size size : host.warm().demand().wanted(Instant.now())) {
      Optional<String> key = key(size);
      key.ifPresent(one -> wanted.put(one, size));
    }
    return wanted;
  }

  /** Shows those that fit, and removes the others. */
  void tidy(Snapshots snapshots, Map<String, Size> wanted) throws HostException, IOException {
    for (Snapshot saved : snapshots.list()) {
      String key = saved.id().owner();
      if (saved.id().kind() != Kind.WARM || host.warm().has(key)) {
        continue;
      }
      Optional<Size> size = host.warm().isDoubted(saved.id()) ? Optional.empty() : size(saved);
      if (size.isPresent()) {
        host.warm().demand().there(size.get(), Instant.now());
        show(snapshots, new Kept(key, size.get(), saved));
      } else {
        LOG.info("The booted guest {} fits nothing any more and is removed", key);
        snapshots.remove(saved.id());
        host.warm().removed(saved.id());
      }
    }
  }

  void make(Snapshots snapshots, String key, Size size) throws Exception {
    String id = WarmStock.capsule(key);
    Deadline within = Deadline.after(MAKE);
    Instant begin = Instant.now();
    host.warm().making(Optional.of(size));
    try {
      capsules.create(new CapsuleOrder(id, "", size.image(), size.vcpus(), size.memoryMib(), 0, Duration.ZERO, "root", Map.of(), false), MAKE);
      settle(capsules.known(id), within);
      long there = snapshots.find(Kind.WARM, key).map(saved -> saved.id().generation()).orElse(0L);
      Snapshot saved = capsules.saves().keep(id, new SnapshotId(Kind.WARM, key, there + 1), within);
      if (!key(size).equals(Optional.of(key))) {
        snapshots.remove(saved.id());
        throw new IOException("what " + size + " is made from has changed meanwhile");
      }
      show(snapshots, new Kept(key, size, saved));
      LOG.info("A guest of {} is kept booted from now on; making it took {} ms", size, Duration.between(begin, Instant.now()).toMillis());
    } finally {
      host.warm().making(Optional.empty());
      capsules.destroy(id, END);
    }
  }

  /** What a guest still does after its boot every capsule would do after its start: it is waited for here, as far as the driver tells. */
  private static void settle(CapsuleLife life, Deadline within) throws HostException, DriverException, InterruptedException {
    MicroVm vm = life.parts().vm.object().orElseThrow(() -> new HostException(Code.UNAVAILABLE, "warm", "The driver of " + life.id() + " has gone"));
    Deadline most = within.limitedTo(SETTLE);
    long since = System.nanoTime();
    long cpu = vm.stats().cpuNanos();
    while (cpu >= 0 && !most.expired() && System.nanoTime() - since < REST.toNanos()) {
      Thread.sleep(LOOK_AGAIN);
      long now = vm.stats().cpuNanos();
      if ((now - cpu) * 100 > (System.nanoTime() - since) * IDLE_PERCENT) {
        since = System.nanoTime();
        cpu = now;
      }
    }
  }

  /** Ends what is being made, or was when this host stopped. @param tried what need not be tried again; what is tried now is put into it */
  void endOwn(Set<PlanId> tried) {
    for (CapsuleLife life : capsules.all()) {
      if (WarmStock.owns(life.id().capsule()) && tried.add(life.id())) {
        try {
          capsules.destroy(life.id().capsule(), END);
        } catch (HostException e) {
          LOG.warn("What was left of booting {} could not be ended at once; its ending goes on", life.id(), e);
        }
      }
    }
  }

  private void show(Snapshots snapshots, Kept kept) throws SnapshotException {
    // Now, and not when the first capsule waits for it.
    snapshots.flatten(kept.saved().manifest().memory().map(), Deadline.after(MAKE));
    host.warm().put(kept);
  }

  /** Which size that is, if it was made from what is here now. */
  private Optional<Size> size(Snapshot saved) throws HostException, IOException {
    SavedFacts facts = SavedFacts.of(saved);
    for (var image : host.files().images().images()) {
      Size size = new Size(image.name(), facts.vcpus(), facts.memoryMib());
      if (key(size).equals(Optional.of(saved.id().owner()))) {
        return host.warm().on() ? Optional.of(size) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  private Optional<String> key(Size size) throws HostException, IOException {
    GuestImage image;
    try {
      image = host.files().image(size.image());
    } catch (HostException e) {
      return Optional.empty();
    }
    GuestKernel kernel = host.files().kernel();
    Trio drivers = host.drivers().choose(Deadline.after(CHOOSE));
    return Optional.of(WarmKey.of(size, image, kernel, drivers, host.settings().agentPort()));
  }
}
