package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.hostagent.internal.life.WarmStock.Kept;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guests that were restored before somebody wants them, and have done once what every capsule does first, so that under emulation that code is
 * translated already. Until one is taken over it is a capsule of this host's own, which ends with its host; from then on all that it consists of
 * is the capsule's that took it. Thread-safe.
 */
final class ReadyGuests {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyGuests.class);
  private static final Duration MAKE = Duration.ofMinutes(1);
  private static final Duration END = Duration.ofSeconds(30);
  private static final Duration ROOM = Duration.ofSeconds(5);
  private static final Duration TURN = Duration.ofMillis(50);
  /** The first time translates; what it chains and jumps to by the second is all there. */
  private static final int EXERCISES = 3;

  private final HostContext host;
  private final Capsules capsules;
  private final ConcurrentLinkedDeque<Ready> waiting = new ConcurrentLinkedDeque<>();
  /** Of the one that is being made. */
  private volatile Optional<String> making = Optional.empty();

  /** @param egress whether its network lets it reach the outside */
  record Ready(CapsuleLife life, Kept kept, boolean egress) {}

  ReadyGuests(HostContext host, Capsules capsules) {
    this.host = host;
    this.capsules = capsules;
  }

  /**
   * One that fits, if there is one: nobody else gets it, and its turn is the caller's, who {@linkplain CapsuleLife#giveTurn gives it back} and, where it
   * was not taken over, {@linkplain #end ends} it.
   */
  Optional<Ready> take(Kept kept, boolean egress) {
    for (Ready one : waiting) {
      if (one.kept().equals(kept) && one.egress() == egress && waiting.remove(one)) {
        if (isWhole(one.life())) {
          return Optional.of(one);
        }
        end(one);
      }
    }
    return Optional.empty();
  }

  private static boolean isWhole(CapsuleLife life) {
    try {
      life.takeTurn(Deadline.after(TURN), "take");
    } catch (HostException e) {
      return false;
    }
    boolean whole = life.state() == State.RUNNING && life.parts().complete() && life.trouble().isEmpty();
    if (!whole) {
      life.giveTurn();
    }
    return whole;
  }

  /** How many there are of those that may go on being there; the others are ended. */
  int tidy(Set<Kept> wanted) {
    for (Ready one : waiting) {
      boolean fits = wanted.contains(one.kept()) && one.egress() == host.warm().demand().egress(one.kept().size());
      if ((!fits || one.life().state() != State.RUNNING) && waiting.remove(one)) {
        LOG.info("The ready guest {} fits nothing any more and is ended", one.life().id());
        end(one);
      }
    }
    return waiting.size();
  }

  /** Makes one more. @throws HostException also when there is no room for it */
  void make(Kept kept, boolean egress) throws Exception {
    Size size = kept.size();
    String id = WarmStock.readyId();
    Deadline within = Deadline.after(MAKE);
    boolean done = false;
    making = Optional.of(id);
    try {
      capsules.create(new CapsuleOrder(id, "", size.image(), size.vcpus(), size.memoryMib(), 0, Duration.ZERO, "root", Map.of(), egress), MAKE);
      CapsuleLife life = capsules.known(id);
      if (!life.record().facts().getOrDefault("memory", "").equals("image")) {
        throw new HostException(Code.FAILED, "ready", "A guest can be ready only where its memory is mapped from an image");
      }
      for (int i = 0; i < EXERCISES; i++) {
        exercise(life, within);
      }
      if (making.isEmpty()) {
        throw new HostException(Code.UNAVAILABLE, "ready", "The guest " + id + " was given up");
      }
      waiting.add(new Ready(life, kept, egress));
      done = true;
      LOG.debug("A guest of {} is ready: {}", size, id);
    } finally {
      making = Optional.empty();
      if (!done) {
        capsules.destroy(id, END);
      }
    }
  }

  /** What a capsule does first: it gets an identity by a new connection, and starts a process. */
  private void exercise(CapsuleLife life, Deadline within) throws Exception {
    MicroVm vm = life.parts().vm.object().orElseThrow(() -> new HostException(Code.UNAVAILABLE, "ready", "The driver of " + life.id() + " has gone"));
    try (GuestClient client = Greeting.client(host, life)) {
      client.awaitReady(Greeting.of(host, life, life.record().order(), true), within, vm.exited());
      try (ProcessStream process = client.processes().start(ProcessSpec.of("/bin/sh", "-c", "true").withTimeLimit(within.remaining()))) {
        while (process.next().isPresent()) {
          within.check("ready");
        }
      } catch (GuestException e) {
        // An image may do without a shell.
        if (e.code() != GuestException.Code.NOT_FOUND) {
          throw e;
        }
      }
    }
  }

  /** What was its own only goes; what can't be is found by the next start. */
  void takenOver(CapsuleLife former) {
    capsules.drop(former);
    try {
      Optional<Snapshots> snapshots = host.snapshots().now();
      if (snapshots.isPresent()) {
        snapshots.get().release(former.id().capsule());
      }
    } catch (SnapshotException e) {
      LOG.warn("The lease of {}, which a capsule has taken over, could not be ended", former.id(), e);
    }
  }

  /** One that was taken and is of no use. Returns at once. */
  void end(Ready one) {
    Thread.ofVirtual().name("end-" + one.life().id()).start(() -> destroy(one.life().id().capsule()));
  }

  private void destroy(String id) {
    try {
      capsules.destroy(id, END);
    } catch (HostException e) {
      LOG.warn("The ready guest {} could not be ended at once; its ending goes on", id, e);
    }
  }

  /**
   * A capsule needs the room, or what they need goes: when this returns they are gone, also one that is being made, unless it takes too long.
   *
   * @return whether there were any
   */
  boolean giveUp() {
    List<String> ids = new ArrayList<>();
    making.ifPresent(ids::add);
    making = Optional.empty();
    for (Ready one = waiting.poll(); one != null; one = waiting.poll()) {
      ids.add(one.life().id().capsule());
    }
    List<Branch<Void>> ends = new ArrayList<>();
    for (String id : ids) {
      ends.add(new Branch<>("end-" + id, () -> {
        destroy(id);
        return null;
      }));
    }
    Deadline within = Deadline.after(ROOM);
    ends.forEach(end -> end.settle(within));
    return !ends.isEmpty();
  }

  /** Nobody gets one any more; their ends are for who ends all of this host's own. */
  void close() {
    waiting.clear();
  }

  /** For operators. */
  Map<String, String> facts() {
    if (!host.warm().on() || host.settings().warm().ready() == 0) {
      return Map.of("ready", "off");
    }
    String words = waiting.stream().map(one -> one.kept().size() + (one.egress() ? "" : " without egress")).sorted().collect(Collectors.joining(", "));
    return Map.of("ready", words.isEmpty() ? "none yet" : words, "ready_mib", Long.toString(host.admission().lentMib()));
  }
}
