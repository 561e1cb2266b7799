package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.machine.Admission.Share;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of recorded capsules at a start. The agents of running ones can be used at once; adoption follows as drivers come. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final HostContext host;
  private final Ledger ledger;
  private final Cleaner cleaner;

  Recovery(HostContext host, Ledger ledger, Cleaner cleaner) {
    this.host = host;
    this.ledger = ledger;
    this.cleaner = cleaner;
  }

  /** @param known gets each capsule before anything is done with it, for what is done may end and forget it at once */
  void recover(List<CapsuleRecord> records, Consumer<CapsuleLife> known) {
    Set<PlanId> taken = taken(records);
    for (CapsuleRecord record : records) {
      if (WarmStock.owns(record.order().id()) && taken.contains(record.id())) {
        forget(record);
        continue;
      }
      CapsuleLife life = new CapsuleLife(record, ledger);
      known.accept(life);
      if (!record.clean()) {
        life.parts().recall(record.drivers(), record.handles());
        if (!WarmStock.owns(record.order().id())) {
          host.admission().enter(record.order().id(), share(record));
        }
        recover(life, record);
      }
    }
    if (!records.isEmpty()) {
      LOG.info("{} capsules are recorded, {} of them running", records.size(),
          records.stream().filter(record -> record.state() == State.RUNNING).count());
    }
  }

  /** Guests that capsules have taken over: whatever their own records say, they are those capsules' now. */
  private static Set<PlanId> taken(List<CapsuleRecord> records) {
    return records.stream().flatMap(record -> record.handles().values().stream().map(Handle::id).filter(id -> !id.equals(record.id())))
        .collect(Collectors.toSet());
  }

  private void forget(CapsuleRecord record) {
    try {
      ledger.forget(record.order().id());
    } catch (HostException e) {
      LOG.warn("That {} was taken over by a capsule could not be written down; the next start finds it out again", record.id(), e);
    }
  }

  private void recover(CapsuleLife life, CapsuleRecord record) {
    switch (record.state()) {
      case RUNNING -> record.agent().ifPresent(address -> life.agent(Greeting.client(host, life)));
      case STARTING -> {
        interrupted(life);
        cleaner.later(life);
      }
      // What was saved is looked for when the snapshots are here.
      case PAUSING -> { }
      case RESUMING -> {
        unresumed(life);
        cleaner.later(life);
      }
      case PAUSED, STOPPING, STOPPED, ERROR -> cleaner.later(life);
    }
  }

  private void interrupted(CapsuleLife life) {
    Failure failure = new Failure("recovery", "The host stopped while the capsule was being made: order it again");
    life.moveAnyway(Move.INTERRUPTED, now -> now.ending(State.ERROR, Instant.now(), Optional.of(failure), now.steps()));
  }

  private void unresumed(CapsuleLife life) {
    Failure failure = new Failure("recovery", "The host stopped while the capsule was being resumed: resume it again");
    life.moveAnyway(Move.RESUME_FAILED, now -> now.paused(Optional.of(failure), now.steps()));
  }

  private Share share(CapsuleRecord record) {
    long diskMib = record.order().diskMib();
    try {
      diskMib = Math.max(diskMib, host.files().image(record.order().image()).sizeMib());
    } catch (HostException e) {
      LOG.warn("The image of {} can't be read any more: its disk is counted as ordered: {}", record.id(), e.getMessage());
    }
    return new Share(record.order().vcpus(), record.order().memoryMib() + (long) host.settings().shares().overheadMib(), diskMib);
  }
}
