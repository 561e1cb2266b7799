package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.hostagent.internal.machine.Admission.Share;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a paused capsule go on: admission → journal → disk, network and memory side by side → restore → agent → commit. The mirror of
 * {@link Pausing}. Its disk is a new one over what was captured, so a resume that fails has changed nothing and may be repeated.
 */
final class Resuming {
  private static final Logger LOG = LoggerFactory.getLogger(Resuming.class);

  private final HostContext host;
  private final Ending ending;
  private final Cleaner cleaner;
  private final ReadyGuests readies;

  Resuming(HostContext host, Ending ending, Cleaner cleaner, ReadyGuests readies) {
    this.host = host;
    this.ending = ending;
    this.cleaner = cleaner;
    this.readies = readies;
  }

  /** Its caller has the turn. */
  HostedCapsule resume(CapsuleLife life, boolean cold, Deadline within) throws HostException {
    Steps steps = new Steps(host.faults(), life.id());
    host.captures().hold();
    try {
      Ground ground = prepare(life, cold, steps, within);
      try {
        life.move(Move.RESUME, record -> record.resuming(ground.drivers().names()));
        Assembly assembly = new Assembly(host, life, life.record().order(), steps, within);
        Assembly.Made made = assembly.assemble(ground);
        steps.take("commit", () -> {
          // What it is resumed from goes when it is: a microVM that is dead by then must not cost the capsule.
          assembly.alive();
          life.activity().mark();
          life.move(Move.RESUMED, record -> record.resumed(made.address(), Instant.now(), steps.list(), made.facts(), life.parts().handles()));
          return null;
        });
      } catch (Throwable e) {
        HostException why = Reasons.of(steps.current(), life.id().capsule(), e);
        undo(life, why, steps);
        throw why;
      }
    } finally {
      host.captures().release();
    }
    life.took(steps.list());
    superseded(life);
    return life.picture();
  }

  /** What was paused is no longer what the capsule is: it must not be resumed from again. */
  void superseded(CapsuleLife life) {
    try {
      Optional<Snapshots> snapshots = host.snapshots().now();
      if (snapshots.isPresent()) {
        snapshots.get().remove(SnapshotId.Kind.PAUSE, life.id().capsule());
      }
    } catch (SnapshotException e) {
      LOG.warn("What capsule {} was resumed from could not be removed; its next pause or its end does it", life.id(), e);
    }
  }

  private Ground prepare(CapsuleLife life, boolean cold, Steps steps, Deadline within) throws HostException {
    String id = life.id().capsule();
    try {
      return steps.take("admission", () -> {
        if (!life.record().clean()) {
          ending.end(life, within);
          cleaner.finish(life);
        }
        Ground ground = new Grounds(host).paused(life.record(), cold, within);
        boolean room = host.admission().reserve(id, new Share(life.record().order().vcpus(),
            life.record().order().memoryMib() + (long) host.settings().shares().overheadMib(), ground.diskBytes() >> 20), host.capacity().total());
        if (!room) {
          readies.giveUp();
        }
        return ground;
      });
    } catch (Exception e) {
      host.admission().release(id);
      throw Reasons.of(steps.current(), id, e);
    }
  }

  private void undo(CapsuleLife life, HostException why, Steps steps) {
    Thread.interrupted(); // Whoever interrupted wanted the resume to end, not the undoing.
    LOG.warn("Capsule {} could not be resumed at step '{}'; it stays paused", life.id(), why.step(), why);
    life.closeAgent();
    Failure failure = new Failure(why.step(), "It could not be resumed: " + why.getMessage());
    if (life.state() == HostedCapsule.State.RESUMING) {
      life.moveAnyway(Move.RESUME_FAILED, record -> record.paused(Optional.of(failure), steps.list()));
    }
    try {
      ending.end(life, Deadline.after(host.settings().limits().undo()));
      cleaner.finish(life);
    } catch (HostException e) {
      LOG.warn("What was made of capsule {} could not be ended at once and is tried again", life.id(), e);
      cleaner.later(life);
    }
  }
}
