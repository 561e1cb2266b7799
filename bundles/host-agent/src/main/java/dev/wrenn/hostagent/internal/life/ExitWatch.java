package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices microVMs that end by themselves: the capsule is shown in error first, and then what is left of it is released. */
final class ExitWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ExitWatch.class);
  private static final Duration TURN = Duration.ofMinutes(2);

  private final Cleaner cleaner;
  private volatile boolean closed;

  ExitWatch(Cleaner cleaner) {
    this.cleaner = cleaner;
  }

  /** Watches until the microVM's end. The end after a kill is none of its business, as the state shows. */
  void watch(CapsuleLife life, MicroVm vm) {
    vm.exited().whenComplete((exit, failure) -> {
      if (!closed && life.state() != State.STOPPED) {
        String reason = exit != null ? exit.reason() : "its watch failed: " + failure;
        Thread.ofVirtual().name("exit-" + life.id()).start(() -> ended(life, reason));
      }
    });
  }

  /** From now on ends are left to the next start's recovery. */
  void close() {
    closed = true;
  }

  private void ended(CapsuleLife life, String reason) {
    try {
      life.takeTurn(Deadline.after(TURN), "exit");
      try {
        if (closed || life.state() != State.RUNNING) {
          return;
        }
        Failure failure = life.endsFor().orElseGet(() -> new Failure("running", "The microVM ended by itself: " + reason));
        LOG.warn("Capsule {}: {}", life.id(), failure.reason());
        life.moveAnyway(Move.CRASH, record -> record.ending(State.ERROR, Instant.now(), Optional.of(failure), record.steps()));
        life.closeAgent();
      } finally {
        life.giveTurn();
      }
      cleaner.later(life);
    } catch (HostException e) {
      LOG.error("The end of capsule {} ({}) could not be written down", life.id(), reason, e);
      life.trouble(e.getMessage());
    }
  }
}
