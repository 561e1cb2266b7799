package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guests that were stopped because the host's file system was full. They are looked for while it nearly is, are among the host's problems, and go
 * on as soon as there is room. Thread-safe.
 */
final class Stalls {
  private static final Logger LOG = LoggerFactory.getLogger(Stalls.class);
  private static final long NEARLY_FULL_MIB = 512;
  private static final Duration TURN = Duration.ofSeconds(1);
  private static final Duration ASK = Duration.ofSeconds(5);

  private final HostContext host;
  private final Pausing pausing;
  private final Set<CapsuleLife> standing = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean looking = new AtomicBoolean();

  Stalls(HostContext host, Pausing pausing) {
    this.host = host;
    this.pausing = pausing;
  }

  /** Returns at once. */
  void look(Collection<CapsuleLife> lives) throws HostException {
    standing.retainAll(lives);
    boolean full = host.capacity().total().diskFreeMib() < NEARLY_FULL_MIB;
    if ((full || !standing.isEmpty()) && looking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("stalls").start(() -> {
        try {
          (full ? lives : Set.copyOf(standing)).forEach(this::look);
        } finally {
          looking.set(false);
        }
      });
    }
  }

  /** Without its turn: it was to be saved, and can't go on for want of room. */
  void stands(CapsuleLife life) {
    if (standing.add(life)) {
      life.trouble("Capsule " + life.id().capsule() + " stands still: the file system below " + host.settings().directory()
          + " is full, and there is no room for what it writes. Make room, then it goes on where it was");
      LOG.warn("{}", life.trouble());
    }
  }

  private void look(CapsuleLife life) {
    if (life.state() != State.RUNNING) {
      return;
    }
    try {
      life.takeTurn(Deadline.after(TURN), "write");
      try {
        lookInTurn(life);
      } finally {
        life.giveTurn();
      }
    } catch (Exception e) {
      LOG.warn("Whether capsule {} stands still can't be told now; it is asked again", life.id(), e);
    }
  }

  private void lookInTurn(CapsuleLife life) throws Exception {
    Optional<MicroVm> vm = life.parts().vm.object();
    if (life.state() != State.RUNNING || vm.isEmpty()) {
      return;
    }
    if (vm.get().retryWrites(Deadline.after(ASK))) {
      stands(life);
    } else if (standing.contains(life)) {
      if (life.record().facts().containsKey(CapsuleLife.FROZEN)) {
        pausing.wake(life);
        life.change(record -> record.goingOn(false, record.steps()));
      }
      standing.remove(life);
      life.trouble("");
      LOG.info("Capsule {} goes on: there is room for what it writes", life.id());
    }
  }
}
