package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices how the delivery of a running capsule's memory ends. When the rest can't be delivered its guest stands still for ever: the capsule is
 * shown in error at once, with the reason, and is released.
 */
final class MemoryWatch {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryWatch.class);
  private static final Duration TURN = Duration.ofMinutes(3);
  private static final Duration POLITE = Duration.ofSeconds(1);
  private static final Duration KILL = Duration.ofSeconds(10);

  private final HostContext host;
  private final Cleaner cleaner;
  private final ScheduledExecutorService timer;
  private volatile boolean closed;

  MemoryWatch(HostContext host, Cleaner cleaner, ScheduledExecutorService timer) {
    this.host = host;
    this.cleaner = cleaner;
    this.timer = timer;
  }

  /** It has begun to run. */
  void begun(CapsuleLife life) {
    Optional<PagedMemory> memory = host.memories().of(life.id());
    if (memory.isEmpty()) {
      return;
    }
    watch(life, memory.get());
    Optional<SnapshotId> template = life.restoredFrom().filter(id -> id.kind() != SnapshotId.Kind.PAUSE);
    later(() -> host.memories().recordHotSet(life, template), host.memories().settings().hotSet());
  }

  /** The page server came, or this host has just started. Returns at once. */
  void adopt(CapsuleLife life) {
    if (depends(life)) {
      Thread.ofVirtual().name("pages-" + life.id()).start(() -> {
        try {
          host.memories().adopt(life.id()).ifPresent(memory -> watch(life, memory));
        } catch (PageServerException e) {
          LOG.warn("Whether the memory of {} is still delivered can't be told; it is asked again", life.id(), e);
          later(() -> adopt(life), host.settings().limits().retryLast());
        }
      });
    }
  }

  /** The page server came. @param needed whether somebody's memory may still be in use. Returns at once */
  void sweep(Predicate<PlanId> needed) {
    Thread.ofVirtual().name("pages-sweep").start(() -> {
      try {
        host.memories().sweep(needed);
      } catch (PageServerException e) {
        LOG.warn("What the page server has of capsules that are no more could not be removed; it is tried again", e);
        later(() -> sweep(needed), host.settings().limits().retryLast());
      }
    });
  }

  /** From now on ends are left to the next start. */
  void close() {
    closed = true;
  }

  /** Whether it is about this delivery: what became of it is told late when the capsule was paused, or has gone on by another one since. */
  private boolean depends(CapsuleLife life, PagedMemory memory) {
    return depends(life) && host.memories().of(life.id()).filter(now -> now == memory).isPresent();
  }

  private static boolean depends(CapsuleLife life) {
    return (life.state() == State.RUNNING || life.state() == State.PAUSING) && life.record().paged()
        && !life.record().facts().containsKey(CapsuleLife.MEMORY_WHOLE);
  }

  private void later(Runnable work, Duration pause) {
    try {
      timer.schedule(() -> Thread.ofVirtual().start(work), pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("This host is going down: the next start does the rest");
    }
  }

  private void watch(CapsuleLife life, PagedMemory memory) {
    memory.end().thenAccept(end -> tell(life, memory, end));
  }

  private void tell(CapsuleLife life, PagedMemory memory, PagedMemory.End end) {
    if (closed) {
      return;
    }
    try {
      ended(life, memory, end);
    } catch (HostException e) {
      LOG.error("How the delivery of the memory of {} ended ({}) could not be written down; it is tried again", life.id(), end, e);
      life.trouble(e.getMessage());
      later(() -> tell(life, memory, end), host.settings().limits().retryLast());
    }
  }

  private void ended(CapsuleLife life, PagedMemory memory, PagedMemory.End end) throws HostException {
    switch (end.kind()) {
      case COMPLETE -> complete(life, memory);
      case LOST -> lost(life, memory, end.reason());
      // Its end is seen by who watches its process.
      case LEFT -> { }
    }
  }

  private void complete(CapsuleLife life, PagedMemory memory) throws HostException {
    life.takeTurn(Deadline.after(TURN), "memory");
    try {
      if (depends(life, memory)) {
        life.change(record -> record.withFact(CapsuleLife.MEMORY_WHOLE, "true"));
      }
    } finally {
      life.giveTurn();
    }
  }

  private void lost(CapsuleLife life, PagedMemory memory, String reason) throws HostException {
    Failure failure = new Failure("memory", Memories.lost(reason));
    breakOff(life, memory, failure);
    life.takeTurn(Deadline.after(TURN), "memory");
    try {
      if (closed || !depends(life, memory) || life.state() != State.RUNNING) {
        return;
      }
      LOG.error("Capsule {}: {}", life.id(), failure.reason());
      life.moveAnyway(Move.CRASH, record -> record.ending(State.ERROR, Instant.now(), Optional.of(failure), record.steps()));
      life.closeAgent();
    } finally {
      life.giveTurn();
    }
    cleaner.later(life);
  }

  /** Whoever has the turn waits for a guest that stands still, and would for long: without the microVM it is over at once. */
  private void breakOff(CapsuleLife life, PagedMemory memory, Failure failure) {
    if (life.hasTurn(POLITE)) {
      return;
    }
    Optional<MicroVm> vm = life.parts().vm.object();
    if (vm.isPresent() && depends(life, memory)) {
      LOG.warn("The microVM of {} is ended while something is done with it, for its memory is not delivered any more: {}", life.id(), failure.reason());
      life.endsFor(failure);
      try {
        vm.get().kill(Deadline.after(KILL));
      } catch (DriverException e) {
        LOG.error("The microVM of {} could not be ended; it is tried again when it is its turn", life.id(), e);
      }
    }
  }
}
