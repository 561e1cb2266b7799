package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.drivers.DriverEntry;
import dev.wrenn.hostagent.internal.drivers.Part;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes running capsules over: after a start of this bundle, and whenever a driver has been replaced. */
final class Adoption {
  private static final Logger LOG = LoggerFactory.getLogger(Adoption.class);

  private final HostContext host;
  private final Cleaner cleaner;
  private final ExitWatch exits;
  private final ScheduledExecutorService timer;
  private final Pausing pausing;
  private final Semaphore atOnce;

  Adoption(HostContext host, Cleaner cleaner, ExitWatch exits, ScheduledExecutorService timer, Pausing pausing) {
    this.host = host;
    this.cleaner = cleaner;
    this.exits = exits;
    this.timer = timer;
    this.pausing = pausing;
    atOnce = new Semaphore(host.settings().adoptions(), true);
  }

  /** Takes over what of that capsule no driver here has in hand, as far as the drivers for it are here. Returns at once. */
  void later(CapsuleLife life) {
    if (life.state() == State.RUNNING && !life.parts().complete()) {
      Thread.ofVirtual().name("adopt-" + life.id()).start(() -> adopt(life, host.settings().limits().retryFirst()));
    }
  }

  private void adopt(CapsuleLife life, Duration pause) {
    try {
      atOnce.acquire();
      try {
        life.takeTurn(Deadline.after(host.settings().limits().adopt()), "adopt");
        try {
          adoptParts(life);
        } finally {
          life.giveTurn();
        }
      } finally {
        atOnce.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (HostException | RuntimeException e) {
      life.trouble("Capsule " + life.id().capsule() + " runs, but can't be taken over: " + e.getMessage() + "; tried again");
      LOG.warn("{}", life.trouble(), e);
      retry(life, pause);
    }
  }

  private void adoptParts(CapsuleLife life) throws HostException {
    if (life.state() != State.RUNNING || life.parts().complete() && !isFrozen(life)) {
      return;
    }
    Deadline within = Deadline.after(host.settings().limits().adopt());
    for (Part<?, ?> part : life.parts().inAdoptionOrder()) {
      if (part.object().isEmpty() && !adopt(life, part, within)) {
        return;
      }
    }
    if (!life.parts().handles().equals(life.record().handles())) {
      life.change(record -> record.withHandles(life.parts().handles()));
    }
    if (isFrozen(life)) {
      wake(life);
      life.change(record -> record.goingOn(false, record.steps()));
    }
    life.trouble("");
    checkAgent(life, within);
    LOG.info("Capsule {} is taken over", life.id());
  }

  /** Its waking may have failed when its parts had been taken over. */
  private static boolean isFrozen(CapsuleLife life) {
    return life.record().facts().containsKey(CapsuleLife.FROZEN);
  }

  /** @return whether it is in hand now; not while its driver isn't here, nor when the capsule turned out to be lost */
  private <D extends Driver, T> boolean adopt(CapsuleLife life, Part<D, T> part, Deadline within) throws HostException {
    Optional<DriverEntry<D>> entry = host.drivers().find(part.kind(), part.driverName().orElse(""));
    if (entry.isEmpty()) {
      life.trouble("Capsule " + life.id().capsule() + " runs, but its " + part.kind() + " driver '" + part.driverName().orElse("?")
          + "' is not here: start its bundle");
      return false;
    }
    if (part.handle().isEmpty()) {
      lost(life, part, "the journal has no handle of it");
      return false;
    }
    try {
      host.faults().at("before adopt " + part.kind(), life.id());
      part.adopt(entry.get().driver(), within);
      if (part == life.parts().vm) {
        exits.watch(life, life.parts().vm.object().orElseThrow());
      }
      return true;
    } catch (DriverException e) {
      if (e.code() == DriverException.Code.GONE) {
        lost(life, part, e.getMessage());
        return false;
      }
      throw Reasons.of("adopt", life.id().capsule(), e);
    }
  }

  private void lost(CapsuleLife life, Part<?, ?> part, String reason) {
    Failure failure = new Failure("adopt", "Its " + part.kind() + " part is gone: " + reason);
    LOG.warn("Capsule {}: {}", life.id(), failure.reason());
    life.moveAnyway(Move.LOST, record -> record.ending(State.ERROR, Instant.now(), Optional.of(failure), record.steps()));
    life.closeAgent();
    cleaner.later(life);
  }

  private void checkAgent(CapsuleLife life, Deadline within) {
    try {
      if (life.agent().isPresent()) {
        life.agent().get().health(within);
      }
    } catch (GuestException e) {
      // A guest that is busy or hung is still its user's: only told, never ended for that.
      life.trouble("Capsule " + life.id().capsule() + " runs, but its agent does not answer: " + e.getMessage());
      LOG.warn("{}", life.trouble());
    }
  }

  private void wake(CapsuleLife life) throws HostException {
    try {
      pausing.wake(life);
    } catch (Exception e) {
      throw Reasons.of("wake", life.id().capsule(), e);
    }
  }

  private void retry(CapsuleLife life, Duration pause) {
    Duration next = host.settings().limits().longer(pause);
    try {
      timer.schedule(() -> Thread.ofVirtual().name("adopt-" + life.id()).start(() -> adopt(life, next)), pause.toMillis(),
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.info("Capsule {} is taken over at the next start: this host is going down", life.id());
    }
  }
}
