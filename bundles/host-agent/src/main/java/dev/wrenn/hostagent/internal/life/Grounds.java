package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds what a capsule can be made from. */
final class Grounds {
  private static final Logger LOG = LoggerFactory.getLogger(Grounds.class);
  private final HostContext host;

  Grounds(HostContext host) {
    this.host = host;
  }

  /**
   * For a new capsule: an image, or a template with memory.
   *
   * @param drivers chooses those for an image; memory goes on with the drivers that it was saved with
   */
  Ground of(CapsuleOrder order, Callable<Trio> drivers, Deadline within) throws Exception {
    Optional<Snapshot> template = template(order.image());
    if (template.isPresent()) {
      return saved(order, template.get(), order.image().startsWith(Saves.FORK) ? "copy" : "template", within);
    }
    GuestImage image = host.files().image(order.image());
    if (order.diskMib() > 0 && order.diskMib() < image.sizeMib()) {
      throw new HostException(Code.INVALID, "admission", "Capsule " + order.id() + " can't have a disk of " + order.diskMib() + " MiB: image '"
          + order.image() + "' alone has " + image.sizeMib() + ". Ask for that or more, or for 0, which is the image's size");
    }
    // The agent makes the file system as large as its disk; nobody can make it smaller than it came.
    long bytes = order.diskMib() == 0 ? image.image().sizeBytes() : (long) order.diskMib() << 20;
    return warm(order, image, new Ground(image.image().id(), host.captures().image(image), bytes, host.files().kernel(), drivers.call(), Optional.empty(), "boot"));
  }

  /** A guest that is kept booted, if there is one; for whatever it fails of, the boot is left. */
  private Ground warm(CapsuleOrder order, GuestImage image, Ground boot) throws IOException, SnapshotException {
    boolean ready = WarmStock.isReady(order.id());
    if (!host.warm().on() || WarmStock.owns(order.id()) && !ready || host.snapshots().now().isEmpty()) {
      return boot;
    }
    Size size = new Size(order.image(), order.vcpus(), order.memoryMib());
    String key = WarmKey.of(size, image, boot.kernel(), boot.drivers(), host.settings().agentPort());
    Optional<WarmStock.Kept> kept = ready ? host.warm().kept(key) : host.warm().take(size, order.egress(), key);
    if (kept.isEmpty()) {
      return boot;
    }
    SavedFacts facts = SavedFacts.of(kept.get().saved());
    return new Ground(facts.imageId(), facts.disk(), boot.diskBytes(), boot.kernel(), boot.drivers(), Optional.of(kept.get().saved()),
        "warm " + size, kept, ready ? Optional.empty() : Optional.of(boot));
  }

  /** For a paused capsule. @param cold whether only its disk goes on */
  Ground paused(CapsuleRecord record, boolean cold, Deadline within) throws Exception {
    try {
      return whole(record, cold, within);
    } catch (SnapshotException | HostException e) {
      // Its disk needs no manifest.
      if (!cold || e instanceof HostException refused && refused.code() != Code.FAILED || record.order().diskMib() == 0) {
        throw e;
      }
      Map<String, String> names = record.drivers();
      Ground disk = new Ground(record.facts().getOrDefault("image_id", ""), host.captures().newest(names.get(Kind.STORAGE.name()), record.order().id()),
          (long) record.order().diskMib() << 20, host.files().kernel(), drivers(names, within), Optional.empty(), "boot of the saved disk");
      LOG.warn("Capsule {} boots from the last disk that was saved of it: {}", record.order().id(), e.getMessage());
      return disk;
    }
  }

  private Ground whole(CapsuleRecord record, boolean cold, Deadline within) throws Exception {
    Snapshot saved = host.snapshots().need(within).find(SnapshotId.Kind.PAUSE, record.order().id()).orElseThrow(() ->
        new HostException(Code.FAILED, "snapshot", "What was saved of capsule " + record.order().id() + " is not on this host: " + SavedFacts.HELP));
    Ground ground = saved(record.order(), saved, "pause", within);
    return cold ? new Ground(ground.imageId(), ground.disk(), ground.diskBytes(), ground.kernel(), ground.drivers(), Optional.empty(), "boot of the saved disk") : ground;
  }

  private Ground saved(CapsuleOrder order, Snapshot saved, String start, Deadline within) throws Exception {
    SavedFacts facts = SavedFacts.of(saved);
    if (order.vcpus() != facts.vcpus() || order.memoryMib() != facts.memoryMib()) {
      throw new HostException(Code.INVALID, "admission", "Capsule " + order.id() + " can't have " + order.vcpus() + " processors and "
          + order.memoryMib() + " MiB: '" + order.image() + "' was saved with " + facts.vcpus() + " and " + facts.memoryMib() + " MiB. Ask for those");
    }
    if ((long) order.diskMib() << 20 > facts.diskBytes()) {
      throw new HostException(Code.INVALID, "admission", "Capsule " + order.id() + " can't have a disk of " + order.diskMib() + " MiB: '"
          + order.image() + "' was saved with one of " + (facts.diskBytes() >> 20) + " MiB. Ask for that, or for 0");
    }
    return new Ground(facts.imageId(), facts.disk(), facts.diskBytes(), host.files().kernel(), drivers(facts.drivers(), within), Optional.of(saved), start);
  }

  private Trio drivers(Map<String, String> names, Deadline within) throws HostException {
    for (Kind<?, ?> kind : java.util.List.of(Kind.HYPERVISOR, Kind.STORAGE, Kind.NETWORK)) {
      host.drivers().need(kind, names.get(kind.name()), within);
    }
    return new Trio(host.drivers().find(Kind.HYPERVISOR, names.get(Kind.HYPERVISOR.name())).orElseThrow(),
        host.drivers().find(Kind.STORAGE, names.get(Kind.STORAGE.name())).orElseThrow(),
        host.drivers().find(Kind.NETWORK, names.get(Kind.NETWORK.name())).orElseThrow());
  }

  Optional<Snapshot> template(String name) throws SnapshotException {
    Optional<Snapshots> snapshots = host.snapshots().now();
    return SnapshotId.canOwn(name) && snapshots.isPresent() ? snapshots.get().find(SnapshotId.Kind.TEMPLATE, name) : Optional.empty();
  }
}
