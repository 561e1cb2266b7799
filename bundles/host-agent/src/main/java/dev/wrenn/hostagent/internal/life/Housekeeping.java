package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.HostSettings.Records;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is due from time to time, on the one timer of the host: pauses idle capsules, notes when the others were last used, forgets old
 * records, removes captured disks and templates of copies that nobody uses. An idle capsule is paused; one that can't be saved, or is not to be, is ended.
 */
public final class Housekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  private static final Duration PAUSE = Duration.ofMinutes(5);
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(30);

  private final HostContext host;
  private final Capsules capsules;
  private final Set<CapsuleLife> asked = ConcurrentHashMap.newKeySet();

  public Housekeeping(HostContext host, Capsules capsules) {
    this.host = host;
    this.capsules = capsules;
  }

  public void start(ScheduledExecutorService timer) {
    long check = host.settings().idleCheck().toMillis();
    timer.scheduleWithFixedDelay(this::endIdle, check, check, TimeUnit.MILLISECONDS);
    long note = host.settings().records().activityNote().toMillis();
    timer.scheduleWithFixedDelay(this::tidy, note, note, TimeUnit.MILLISECONDS);
  }

  private void endIdle() {
    for (CapsuleLife life : capsules.all()) {
      Duration timeout = life.record().order().idleTimeout();
      if (life.state() == State.RUNNING && timeout.isPositive() && due(life, timeout) && asked.add(life)) {
        Thread.ofVirtual().name("idle-" + life.id()).start(() -> endIfIdle(life, timeout));
      }
    }
  }

  /** Where a process runs it is looked at more often, so that its end is known well enough. */
  private static boolean due(CapsuleLife life, Duration timeout) {
    Duration quarter = timeout.dividedBy(4);
    Duration look = quarter.compareTo(LONGEST_LOOK) < 0 ? quarter : LONGEST_LOOK;
    return life.activity().idle().compareTo(life.activity().busy() ? look : timeout) >= 0;
  }

  private void endIfIdle(CapsuleLife life, Duration timeout) {
    try {
      Duration idle = life.activity().idle();
      String reason = "idle for " + idle.toSeconds() + " s: ended, as its idle time is " + timeout.toSeconds() + " s";
      if (life.activity().found(uses(life, idle, timeout))) {
        return;
      }
      if (canPause(life)) {
        if (capsules.saves().pauseIdle(life, timeout, Deadline.after(PAUSE))) {
          LOG.info("Capsule {} is paused: it was idle for {} s", life.id(), idle.toSeconds());
        }
      } else if (capsules.endIdle(life, timeout, reason)) {
        LOG.info("Capsule {} is ended: it was idle for {} s, and {}", life.id(), idle.toSeconds(),
            life.record().order().endsIdle() ? "is not to be paused" : "can't be saved");
      }
    } catch (HostException e) {
      LOG.warn("Idle capsule {} could not be ended; it is looked at again", life.id(), e);
    } finally {
      asked.remove(life);
    }
  }

  private boolean canPause(CapsuleLife life) {
    return !life.record().order().endsIdle() && host.snapshots().now().isPresent() && life.parts().vm.object().filter(MicroVm::canSave).isPresent();
  }

  /** Whether a long call is under way, or a process that was started through the platform runs in it. An agent that is silent gets twice the time. */
  private boolean uses(CapsuleLife life, Duration idle, Duration timeout) throws HostException {
    if (life.activity().called() || life.agent().isEmpty()) {
      return life.activity().called();
    }
    try {
      return !life.agent().get().processes().list().isEmpty();
    } catch (GuestException e) {
      if (idle.compareTo(timeout.multipliedBy(2)) < 0) {
        throw new HostException(HostException.Code.UNAVAILABLE, "idle", e.getMessage(), e);
      }
      return false;
    }
  }

  private void tidy() {
    Records records = host.settings().records();
    try {
      host.captures().sweep(host, capsules.all());
      capsules.saves().tidy();
      capsules.saves().stalls().look(capsules.all());
      for (CapsuleLife life : capsules.all()) {
        life.noteActivity(records.activityNote());
      }
      Instant oldest = Instant.now().minus(records.keep());
      List<CapsuleLife> over = capsules.all().stream().filter(life -> life.record().over() && life.record().clean())
          .sorted(Comparator.comparing((CapsuleLife life) -> ended(life)).reversed()).toList();
      for (int at = 0; at < over.size(); at++) {
        if (at >= records.most() || ended(over.get(at)).isBefore(oldest)) {
          capsules.forget(over.get(at));
        }
      }
    } catch (IOException | HostException | RuntimeException e) {
      LOG.warn("Records could not be tidied; it is tried again", e);
    }
  }

  private static Instant ended(CapsuleLife life) {
    return life.record().endedAt().orElse(life.record().createdAt());
  }
}
