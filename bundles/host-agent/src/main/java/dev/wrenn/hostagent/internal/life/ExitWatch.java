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

  private final Cleaner cleaner;
  private final Duration turn;
  private volatile boolean closed;

  /** @param turn how long somebody else may have a capsule's turn before that is told */
  ExitWatch(Cleaner cleaner, Duration turn) {
    this.cleaner = cleaner;
    this.turn = turn;
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

  /** Whoever has the turn may have it for long, as to write a large template: it must not stay shown as running after that. */
  private void ended(CapsuleLife life, String reason) {
    boolean done = false;
    while (!done && !closed) {
      try {
        life.takeTurn(Deadline.after(turn), "exit");
        done = true;
      } catch (HostException e) {
        if (life.state() == State.RUNNING) {
          LOG.warn("The microVM of capsule {} ended ({}), which can't be written down yet", life.id(), reason, e);
          life.trouble("The microVM of capsule " + life.id().capsule() + " has ended, and something else is still done with it: " + e.getMessage());
        }
        if (e.code() != HostException.Code.TIMEOUT) {
          return;
        }
      }
    }
    if (done) {
      try {
        endedInTurn(life, reason);
      } finally {
        life.giveTurn();
      }
    }
  }

  private void endedInTurn(CapsuleLife life, String reason) {
    if (closed || life.state() != State.RUNNING) {
      return;
    }
    Failure failure = life.endsFor().orElseGet(() -> new Failure("running", "The microVM ended by itself: " + reason));
    LOG.warn("Capsule {}: {}", life.id(), failure.reason());
    life.moveAnyway(Move.CRASH, record -> record.ending(State.ERROR, Instant.now(), Optional.of(failure), record.steps()));
    life.closeAgent();
    cleaner.later(life);
  }
}
