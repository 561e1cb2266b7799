package dev.wrenn.network.tap.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slots that stand ready. Every taking and releasing has it filled up again behind the caller's back, when nobody has taken one for a
 * moment; a slot is used once, and its number comes back with a namespace, rules and connection table of its own.
 */
final class SlotPool {
  private static final Logger LOG = LoggerFactory.getLogger(SlotPool.class);
  private static final Duration MAKING = Duration.ofSeconds(20);
  private static final Duration ENDING = Duration.ofSeconds(15);
  /** Who has just taken one is starting capsules, and needs the processors. */
  private static final Duration CALM = Duration.ofMillis(500);
  /** Where they are taken all the time, others wait for them, too. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private final TapSettings settings;
  private final SlotRegistry registry;
  private final SlotBuilder builder;
  private final HostGuard guard;
  private final NavigableSet<Integer> free = new ConcurrentSkipListSet<>();
  private final AtomicBoolean queued = new AtomicBoolean();
  private final ScheduledExecutorService filler = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("slot-filler").factory());
  private volatile long takenAt = System.nanoTime() - CALM.toNanos();
  private volatile long queuedAt;

  SlotPool(TapSettings settings, SlotRegistry registry, SlotBuilder builder, HostGuard guard) {
    this.settings = settings;
    this.registry = registry;
    this.builder = builder;
    this.guard = guard;
  }

  /** Takes over what an instance before this one left free, removes what it left half done, and begins to fill up. */
  void start() {
    filler.execute(this::takeOver);
    refill();
  }

  /** A slot for that owner, ready-made if there is one. */
  Slot take(Owner owner, Deadline within) throws IOException, DriverException {
    takenAt = System.nanoTime();
    try {
      while (true) {
        within.check(NetworkFailure.STEP);
        Integer number = free.pollFirst();
        Slot slot = number == null ? make(within) : settings.slot(number);
        if (!registry.claim(slot.number(), owner.facts())) {
          continue;
        }
        if (number == null || builder.stands(slot)) {
          return slot;
        }
        LOG.warn("Network {} stood ready and has lost its namespace or its interface since; what is left of it is removed", slot.name());
        remove(List.of(slot), within);
      }
    } finally {
      refill();
    }
  }

  /** Removes slots that the caller has claimed, and all that is known of them. */
  void remove(Collection<Slot> slots, Deadline within) throws IOException {
    for (Slot slot : slots) {
      registry.beginRemoval(slot.number());
    }
    builder.remove(slots, within);
    guard.forget(List.copyOf(slots), within);
    for (Slot slot : slots) {
      registry.forget(slot.number());
    }
  }

  void refill() {
    if (!filler.isShutdown() && queued.compareAndSet(false, true)) {
      queuedAt = System.nanoTime();
      fillWhenCalm();
    }
  }

  /** One call of it is under way at a time. */
  private void fillWhenCalm() {
    try {
      filler.schedule(this::fill, calmIn(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("The pool has ended", e);
    }
  }

  private long calmIn() {
    long now = System.nanoTime();
    return Math.max(0, Math.min(takenAt - now + CALM.toNanos(), queuedAt - now + LONGEST.toNanos()));
  }

  int freeNow() {
    return free.size();
  }

  /** Stops filling up and removes what is free. Slots of capsules stay. */
  void stop() throws IOException, InterruptedException {
    filler.shutdownNow();
    if (!filler.awaitTermination(ENDING.toSeconds(), TimeUnit.SECONDS)) {
      LOG.warn("The filling of the pool did not end within {} s", ENDING.toSeconds());
    }
    List<Slot> unused = new ArrayList<>();
    for (int number : free) {
      if (registry.claimForRemoval(number)) {
        unused.add(settings.slot(number));
      }
    }
    free.clear();
    remove(unused, Deadline.after(ENDING));
  }

  private void takeOver() {
    try {
      registry.forgetEarlierStarts();
      List<Slot> abandoned = registry.abandoned().stream().map(settings::slot).toList();
      remove(abandoned, Deadline.after(MAKING));
      free.addAll(registry.inherited());
    } catch (IOException e) {
      LOG.error("Networks that an earlier instance left under {} could not be taken over", settings.stateDirectory(), e);
    }
  }

  private void fill() {
    if (calmIn() > 0) {
      fillWhenCalm();
      return;
    }
    queued.set(false);
    try {
      while (free.size() < settings.poolSize() && !Thread.currentThread().isInterrupted()) {
        Deadline within = Deadline.after(MAKING);
        guard.ensure(within);
        free.add(make(within).number());
      }
    } catch (DriverException e) {
      LOG.debug("No slot is left to stand ready", e);
    } catch (IOException e) {
      if (!filler.isShutdown()) {
        LOG.warn("A network could not be made ready; the next capsule's start tries again", e);
      }
    }
  }

  /** A new slot, ready, and nobody's yet. */
  Slot make(Deadline within) throws IOException, DriverException {
    Slot slot = begin();
    try {
      builder.make(slot, within);
      guard.open(slot, within);
      registry.ready(slot.number());
      return slot;
    } catch (IOException | RuntimeException e) {
      Undo.after(e, time -> remove(List.of(slot), time));
      throw e;
    }
  }

  private Slot begin() throws IOException, DriverException {
    for (int number = 1; number <= settings.slots(); number++) {
      Slot slot = settings.slot(number);
      if (registry.begin(number)) {
        if (!builder.isThere(slot)) {
          return slot;
        }
        LOG.warn("Namespace {} or interface {} is there and is nobody's; the number is passed over. Remove them: ip link del {};"
            + " ip netns del {}", slot.name(), slot.hostInterface(), slot.hostInterface(), slot.name());
        registry.forget(number);
      }
    }
    throw NetworkFailure.of(Code.NO_CAPACITY, "All " + settings.slots() + " networks of " + settings.subnet()
        + " are in use. End capsules, or set a larger 'subnet' of dev.wrenn.network.tap.");
  }
}
