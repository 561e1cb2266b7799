package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves running capsules: as a pause, after which nothing of them runs, or as a template, after which they go on. Until all is published a
 * failure lets the capsule go on; from then on the pause can't fail any more, only the ending of what is superfluous be repeated.
 */
final class Pausing {
  private static final Logger LOG = LoggerFactory.getLogger(Pausing.class);
  private static final Duration WAKE = Duration.ofSeconds(60);

  private final HostContext host;
  private final Ending ending;
  private final Cleaner cleaner;
  private final Stalls stalls;

  Pausing(HostContext host, Ending ending, Cleaner cleaner) {
    this.host = host;
    stalls = new Stalls(host, this);
    this.ending = ending;
    this.cleaner = cleaner;
  }

  Stalls stalls() {
    return stalls;
  }

  /** Its caller has the turn. */
  HostedCapsule pause(CapsuleLife life, Deadline within) throws HostException {
    Steps steps = new Steps(host.faults(), life.id());
    SnapshotId id = new SnapshotId(SnapshotId.Kind.PAUSE, life.id().capsule(), next(life, within));
    save(life, id, steps, within, false, UnaryOperator.identity());
    life.moveAnyway(Move.SAVED, record -> record.withActivity(life.activity().last()).paused(Optional.empty(), steps.list()));
    try {
      steps.take("end", () -> {
        ending.end(life, Deadline.after(host.settings().limits().end()));
        cleaner.finish(life);
        return null;
      });
    } catch (StepFailure e) {
      LOG.warn("Capsule {} is paused; what was there for it could not be ended at once and is tried again", life.id(), e);
      cleaner.later(life);
    }
    life.took(steps.list());
    return life.picture();
  }

  /** Saves it under another name; it goes on. Its caller has the turn. @param words what the manifest is to say */
  Snapshot template(CapsuleLife life, SnapshotId id, Deadline within, UnaryOperator<Manifest.Details> words) throws HostException {
    return save(life, id, new Steps(host.faults(), life.id()), within, true, words);
  }

  private Snapshot save(CapsuleLife life, SnapshotId id, Steps steps, Deadline within, boolean goesOn, UnaryOperator<Manifest.Details> words)
      throws HostException {
    long count = id.kind() == SnapshotId.Kind.PAUSE ? id.generation() : counted(life);
    boolean moved = false;
    try (Saving saving = new Saving(host, life, id, goesOn, steps, within)) {
      life.move(Move.PAUSE, record -> record.pausing(count));
      moved = true;
      saving.capture();
      if (goesOn) {
        // What was captured does not change any more: the guest need not wait for the disk.
        steps.take("wake", () -> {
          wake(life);
          return null;
        });
        double still = saving.stillMillis();
        life.move(Move.GO_ON, record -> record.goingOn(false, record.steps()).withFact(CapsuleLife.STILL, Double.toString(still)));
        moved = false;
      }
      saving.write();
      return saving.publish(words);
    } catch (Throwable e) {
      // A guest whose memory does not come fails in many ways, which all have one reason.
      HostException why = host.memories().lost(life.id()).map(lost -> new HostException(Code.FAILED, "memory", lost, e))
          .orElseGet(() -> Reasons.of(steps.current(), life.id().capsule(), e));
      LOG.warn("Capsule {} could not be saved at step '{}'", life.id(), why.step(), e);
      if (moved) {
        goOn(life, why, steps);
      }
      throw why;
    }
  }

  /** It was to be saved, and is to go on instead. */
  private void goOn(CapsuleLife life, HostException why, Steps steps) {
    Thread.interrupted(); // Whoever interrupted wanted the saving to end, not the capsule.
    try {
      if (standsStill(life)) {
        life.moveAnyway(Move.GO_ON, record -> record.goingOn(true, record.steps()));
        stalls.stands(life);
        return;
      }
      wake(life);
      life.moveAnyway(Move.GO_ON, record -> record.goingOn(false, record.steps()));
    } catch (Exception e) {
      LOG.error("Capsule {} does not go on after it could not be saved", life.id(), e);
      Failure failure = new Failure(why.step(), why.getMessage() + "; and it could not go on: " + e.getMessage());
      life.moveAnyway(Move.PAUSE_LOST, record -> record.ending(State.ERROR, Instant.now(), Optional.of(failure), steps.list()));
      life.closeAgent();
      cleaner.later(life);
    }
  }

  /** One for whose writes there is no room can't answer now, and is woken when there is. */
  private static boolean standsStill(CapsuleLife life) throws DriverException {
    Optional<MicroVm> vm = life.parts().vm.object();
    return vm.isPresent() && vm.get().retryWrites(Deadline.after(WAKE));
  }

  /** Lets a frozen guest go on, with the right time and with new connections. Idempotent. */
  void wake(CapsuleLife life) throws Exception {
    Deadline within = Deadline.after(WAKE);
    MicroVm vm = life.parts().vm.object().orElseThrow(() -> new HostException(Code.UNAVAILABLE, "wake", "The hypervisor driver of capsule "
        + life.id().capsule() + " is not here"));
    vm.thaw(within);
    life.closeAgent();
    GuestClient client = Greeting.client(host, life);
    life.agent(client);
    client.awaitReady(Greeting.of(host, life, life.record().order(), true), within, vm.exited().thenApply(MicroVm.VmExit::reason));
    life.activity().mark();
  }

  /**
   * After a start of this host: one that was being saved is paused when that had been published; else it goes on as soon as its parts are
   * taken over. Its caller has the turn.
   */
  void recover(CapsuleLife life) throws HostException {
    if (life.state() != State.PAUSING) {
      return;
    }
    if (published(life)) {
      life.move(Move.SAVED, record -> record.paused(Optional.empty(), record.steps()));
      cleaner.later(life);
    } else {
      life.move(Move.GO_ON, record -> record.goingOn(true, record.steps()));
      life.agent(Greeting.client(host, life));
    }
  }

  private boolean published(CapsuleLife life) throws HostException {
    try {
      return host.snapshots().need(Deadline.after(WAKE)).find(SnapshotId.Kind.PAUSE, life.id().capsule())
          .filter(saved -> saved.id().generation() == counted(life)).isPresent();
    } catch (SnapshotException e) {
      throw Reasons.of("snapshot", life.id().capsule(), e);
    }
  }

  private long next(CapsuleLife life, Deadline within) throws HostException {
    try {
      Snapshots snapshots = host.snapshots().need(within);
      long there = snapshots.find(SnapshotId.Kind.PAUSE, life.id().capsule()).map(saved -> saved.id().generation()).orElse(0L);
      return Math.max(there, counted(life)) + 1;
    } catch (SnapshotException e) {
      throw Reasons.of("snapshot", life.id().capsule(), e);
    }
  }

  private static long counted(CapsuleLife life) {
    return Long.parseLong(life.record().facts().getOrDefault(CapsuleLife.SAVED, "0"));
  }
}
