package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.life.ReadyGuests.Ready;
import dev.wrenn.hostagent.internal.machine.Admission.Share;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one capsule: admission → journal → disk and network side by side → boot → agent → commit; or, where a guest waits that was restored
 * already, admission → journal → take → agent → commit. A failure undoes what was made, in
 * reverse order and on a thread of its own, so that neither the caller's end nor an interrupt can stop the undoing.
 */
final class Creation {
  private static final Logger LOG = LoggerFactory.getLogger(Creation.class);
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private final HostContext host;
  private final Ending ending;
  private final Cleaner cleaner;
  private final ReadyGuests readies;
  private final CapsuleLife life;
  private final CapsuleOrder order;
  private final PlanId id;
  private final Deadline within;
  private final Steps steps;
  private final Assembly assembly;
  private Optional<Ready> ready = Optional.empty();

  /** @param order with its variables, which nobody else keeps */
  Creation(HostContext host, Ending ending, Cleaner cleaner, ReadyGuests readies, CapsuleLife life, CapsuleOrder order, Deadline within) {
    this.host = host;
    this.ending = ending;
    this.cleaner = cleaner;
    this.readies = readies;
    this.life = life;
    this.within = within;
    this.order = order;
    id = life.id();
    steps = new Steps(host.faults(), id);
    assembly = new Assembly(host, life, order, steps, within);
  }

  /** How long after its deadline a create may still be undoing what it made. */
  static Duration longestUndo(HostSettings settings) {
    return settings.limits().undo().plus(SETTLE);
  }

  /** Checks and reserves. Until this has succeeded there is nothing to undo and nothing to record. */
  Ground prepare() throws HostException {
    try {
      return steps.take("admission", () -> {
        assembly.goOn();
        Ground ground = new Grounds(host).of(order, this::trio, within);
        ready = ready(ground);
        enter(ground);
        return ground;
      });
    } catch (Exception e) {
      leave();
      host.admission().release(order.id());
      throw explain(e);
    }
  }

  /** A guest that waits for a capsule like this. A larger disk is made before a guest runs, so such a capsule takes none. */
  private Optional<Ready> ready(Ground ground) throws SnapshotException {
    return ground.kept().isPresent() && !WarmStock.owns(order.id()) && ground.diskBytes() == SavedFacts.of(ground.kept().get().saved()).diskBytes()
        ? readies.take(ground.kept().get(), order.egress()) : Optional.empty();
  }

  /** The turn of the guest that waited is over, and so is the guest if it was not taken over. */
  private void leave() {
    Optional<Ready> taken = ready;
    ready = Optional.empty();
    taken.ifPresent(one -> {
      one.life().giveTurn();
      if (!one.life().forgotten()) {
        readies.end(one);
      }
    });
  }

  /** Makes it. @throws HostException when it could not be made; it is in {@link State#ERROR} then */
  HostedCapsule make(Ground ground) throws HostException {
    try {
      steps.take("journal", () -> {
        CapsuleRecord intent = life.record().withDrivers(ground.drivers().names())
            .withHandles(ready.map(one -> one.life().parts().handles()).orElse(Map.of()));
        life.intend(ground.saved().isPresent() ? intent.restoring() : intent);
        return null;
      });
      makeAll(ground);
      life.took(steps.list());
      return life.picture();
    } catch (Throwable e) {
      HostException why = explain(e);
      leave();
      undo(why);
      throw why;
    }
  }

  /** What the host makes for itself is over soon: it needs room, and takes none from others. */
  private void enter(Ground ground) throws HostException {
    Share share = new Share(order.vcpus(), order.memoryMib() + (long) host.settings().shares().overheadMib(), ground.diskBytes() >> 20);
    if (WarmStock.isReady(order.id())) {
      host.admission().lend(order.id(), share, host.capacity().total());
    } else if (WarmStock.owns(order.id())) {
      host.admission().check(order.id(), share, host.capacity().total());
    } else {
      reserve(share);
    }
  }

  private void reserve(Share share) throws HostException {
    String former = ready.map(one -> one.life().id().capsule()).orElse("");
    if (!host.admission().replace(former, order.id(), share, host.capacity().total())) {
      readies.giveUp();
    }
  }

  private void makeAll(Ground ground) throws Exception {
    Assembly.Made made;
    host.captures().hold();
    try {
      made = ready.isPresent() ? takeOver(ground) : assemble(ground);
    } finally {
      host.captures().release();
    }
    steps.take("commit", () -> {
      assembly.alive();
      life.activity().mark();
      life.move(Move.READY, record -> record.running(Instant.now(), made.address(), steps.list(), made.facts(), life.parts().handles()));
      return null;
    });
  }

  private Assembly.Made takeOver(Ground ground) throws Exception {
    CapsuleLife former = ready.orElseThrow().life();
    try {
      Assembly.Made made = assembly.takeOver(ground, former);
      readies.takenOver(former);
      return made;
    } catch (Exception e) {
      if (life.cancelled().isPresent() || within.expired()) {
        throw e;
      }
      LOG.warn("Capsule {} could not take over the ready guest {}, and is restored instead", id, former.id(), e);
    } finally {
      leave();
    }
    steps.take("instead", () -> {
      ending.end(life, Deadline.after(limits().undo()));
      // Whoever finds the record after a kill looks for what is made from here on.
      life.change(record -> record.withHandles(Map.of()));
      enter(ground);
      return null;
    });
    return assemble(ground);
  }

  /** A guest that is kept booted is there to save time; that it does not come up must cost nobody a capsule. */
  private Assembly.Made assemble(Ground ground) throws Exception {
    try {
      return assembly.assemble(ground);
    } catch (Exception e) {
      Optional<Ground> other = life.cancelled().isPresent() || within.expired() ? Optional.empty() : ground.otherwise().or(() -> exchanged(ground));
      if (other.isEmpty()) {
        throw e;
      }
      ground.kept().ifPresent(kept -> host.warm().doubt(kept, e));
      steps.take("instead", () -> {
        ending.end(life, Deadline.after(limits().undo()));
        enter(other.get());
        return null;
      });
      return assembly.assemble(other.get());
    }
  }

  /** A template may be saved anew while a capsule is made of it: what there was is gone then, and the capsule begins from what there is. */
  private Optional<Ground> exchanged(Ground former) {
    try {
      Grounds grounds = new Grounds(host);
      boolean exchanged = former.saved().isPresent() && former.saved().get().id().owner().equals(order.image())
          && grounds.template(order.image()).filter(there -> !there.id().equals(former.saved().get().id())).isPresent();
      return exchanged ? Optional.of(grounds.of(order, this::trio, within)).filter(now -> now.drivers().names().equals(former.drivers().names()))
          : Optional.empty();
    } catch (Exception e) {
      LOG.warn("What template {} was exchanged for can't be used for capsule {}", order.image(), id, e);
      return Optional.empty();
    }
  }

  /** Waiting for the drivers' first probes has a name of its own. */
  private Trio trio() throws Exception {
    return host.drivers().probed() ? host.drivers().choose(within) : steps.take("drivers", () -> host.drivers().choose(within));
  }

  private void undo(HostException why) {
    Thread.interrupted(); // Whoever interrupted wanted the making to end, not the undoing.
    life.closeAgent();
    Deadline limit = Deadline.after(limits().undo());
    Branch<Boolean> undoing = new Branch<>("undo-" + id, () -> undone(limit));
    undoing.settle(Deadline.after(longestUndo(host.settings())));
    boolean clean = !life.parts().made();
    life.moveAnyway(Move.FAIL, record -> failed(record, why, clean));
    LOG.warn("Capsule {} could not be made: {}", id, why.getMessage(), why.getCause());
    if (clean) {
      host.admission().release(order.id());
    } else {
      cleaner.later(life);
    }
  }

  private boolean undone(Deadline limit) {
    try {
      ending.end(life, limit);
      return true;
    } catch (HostException e) {
      LOG.warn("Capsule {} could not be undone at once; it is tried again", id, e);
      life.trouble(e.getMessage());
      return false;
    }
  }

  private CapsuleRecord failed(CapsuleRecord record, HostException why, boolean clean) {
    CapsuleRecord next = record.ending(State.ERROR, Instant.now(), Optional.of(new Failure(why.step(), why.getMessage())), steps.list());
    return clean ? next.cleaned() : next;
  }

  private HostException explain(Throwable failure) {
    Optional<HostException> cancelled = life.cancelled();
    if (cancelled.isPresent()) {
      return cancelled.get();
    }
    return Reasons.of(steps.current(), order.id(), failure);
  }

  private HostSettings.Limits limits() {
    return host.settings().limits();
  }
}
