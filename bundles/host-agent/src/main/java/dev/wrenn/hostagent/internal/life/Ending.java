package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.drivers.Part;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends the parts of a capsule: first the microVM, then network and disk side by side, as nothing uses them any more. Mirrors the making,
 * and is idempotent: what is gone already is passed over, so a failed end is simply asked for again.
 */
final class Ending {
  private final HostContext host;

  Ending(HostContext host) {
    this.host = host;
  }

  /** Its caller has the capsule's turn. @throws HostException naming the step; the parts before it are gone */
  void end(CapsuleLife life, Deadline within) throws HostException {
    life.closeAgent();
    end(life, life.parts().vm, within);
    host.memories().close(life, within);
    List<Part<?, ?>> rest = List.of(life.parts().network, life.parts().disk);
    List<Branch<Void>> branches = new ArrayList<>();
    for (Part<?, ?> part : rest) {
      branches.add(new Branch<>(part.kind().endStep() + "-" + life.id(), () -> {
        end(life, part, within);
        return null;
      }));
    }
    HostException first = null;
    for (Branch<Void> branch : branches) {
      try {
        branch.join();
      } catch (Exception e) {
        first = first == null ? Reasons.of("end", life.id().capsule(), e) : first;
      }
    }
    if (first != null) {
      throw first;
    }
    unused(life);
    host.admission().release(life.id().capsule());
  }

  /** Nobody uses the memory that it was restored from any more; and of one that does not come back, nothing that was saved is kept. */
  private void unused(CapsuleLife life) throws HostException {
    boolean restored = life.record().facts().containsKey(CapsuleLife.MEMORY_MAP) || life.record().facts().containsKey(CapsuleLife.SAVED);
    if (!restored && host.snapshots().now().isEmpty()) {
      return;
    }
    String id = life.id().capsule();
    try {
      Snapshots snapshots = host.snapshots().need(Deadline.after(host.settings().limits().end()));
      snapshots.release(id);
      if (life.state() != State.PAUSED) {
        snapshots.remove(SnapshotId.Kind.PAUSE, id);
      }
    } catch (SnapshotException e) {
      throw Reasons.of("snapshot", id, e);
    }
  }

  private void end(CapsuleLife life, Part<?, ?> part, Deadline within) throws HostException {
    if (!part.made()) {
      return;
    }
    String step = part.kind().endStep();
    try {
      host.faults().at("before " + step, life.id());
      part.end(host.drivers(), within);
      host.faults().at("after " + step, life.id());
    } catch (Exception | Error e) {
      part.distrust();
      throw Reasons.of(step, life.id().capsule(), e);
    }
  }
}
