package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.spi.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends in the background what could not be ended at once, again and again with growing pauses, until nothing is left. */
final class Cleaner {
  private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

  private final HostContext host;
  private final Ending ending;
  private final ScheduledExecutorService timer;
  private final Consumer<CapsuleLife> gone;
  private final Set<CapsuleLife> dirty = ConcurrentHashMap.newKeySet();

  /**
   * @param gone told of capsules of which nothing is to be remembered
   */
  Cleaner(HostContext host, Ending ending, ScheduledExecutorService timer, Consumer<CapsuleLife> gone) {
    this.host = host;
    this.ending = ending;
    this.timer = timer;
    this.gone = gone;
  }

  /** Sees to it that nothing of that capsule is left. Returns at once; asking twice before it is looked at is asking once. */
  void later(CapsuleLife life) {
    if (dirty.add(life)) {
      schedule(life, Duration.ZERO);
    }
  }

  /** What follows when nothing is left of a capsule. Its caller has the turn. */
  void finish(CapsuleLife life) throws HostException {
    life.trouble("");
    host.admission().release(life.id().capsule());
    if (life.state() == State.STOPPING && life.failure().isEmpty()) {
      life.gone();
      gone.accept(life);
    } else if (life.state() == State.STOPPING) {
      life.move(Move.ENDED, record -> record.ending(State.STOPPED, Instant.now(), record.failure(), record.steps()).cleaned());
    } else if (!life.record().clean()) {
      life.change(record -> record.cleaned());
    }
  }

  private void schedule(CapsuleLife life, Duration pause) {
    try {
      timer.schedule(() -> Thread.ofVirtual().name("clean-" + life.id()).start(() -> attempt(life, pause)), pause.toMillis(),
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.info("Capsule {} is cleaned up at the next start: this host is going down", life.id());
    }
  }

  private void attempt(CapsuleLife life, Duration paused) {
    // Before it is looked at: who asks from here on asks for another look, which may find more.
    dirty.remove(life);
    try {
      clean(life);
    } catch (HostException | RuntimeException e) {
      Duration next = host.settings().limits().longer(paused);
      life.trouble("Capsule " + life.id().capsule() + " can't be cleaned up: " + e.getMessage() + "; tried again every "
          + Math.max(1, next.toSeconds()) + " s");
      LOG.warn("{}", life.trouble(), e);
      if (dirty.add(life)) {
        schedule(life, next);
      }
    }
  }

  private void clean(CapsuleLife life) throws HostException {
    Deadline within = Deadline.after(host.settings().limits().end());
    life.takeTurn(within, "end");
    try {
      // One that was paused may have been resumed while this waited for its turn.
      boolean over = life.record().over() || life.state() == State.STOPPING || life.state() == State.PAUSED;
      if (over && !life.record().clean()) {
        ending.end(life, within);
        finish(life);
      }
    } finally {
      life.giveTurn();
    }
  }
}
