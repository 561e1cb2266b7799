package dev.wrenn.hostagent.internal.life;

import dev.wrenn.files.Files;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.journal.Journal;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.Processes;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The capsules of this host: begins their lives, ends them, and finds them again after a start. Thread-safe. */
public final class Capsules implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Capsules.class);

  private final HostContext host;
  private final Events events = new Events();
  private final Ledger ledger;
  private final Ending ending;
  private final Cleaner cleaner;
  private final ExitWatch exits;
  private final MemoryWatch memory;
  private final Adoption adoption;
  private final Doors doors;
  private final Saves saves;
  private final ReadyGuests readies;
  private final InFlight inFlight = new InFlight();
  private final Map<String, CapsuleLife> lives = new ConcurrentHashMap<>();

  public Capsules(HostContext host, Journal journal, ScheduledExecutorService timer) {
    this.host = host;
    ledger = new Ledger(journal, events);
    ending = new Ending(host);
    cleaner = new Cleaner(host, ending, timer, life -> lives.remove(life.id().capsule(), life));
    exits = new ExitWatch(cleaner, host.settings().limits().adopt());
    memory = new MemoryWatch(host, cleaner, timer);
    Pausing pausing = new Pausing(host, ending, cleaner);
    adoption = new Adoption(host, cleaner, exits, timer, pausing);
    doors = new Doors(host.settings().shares().connections(), host.settings().agentPort());
    readies = new ReadyGuests(host, this);
    saves = new Saves(host, this, pausing, new Resuming(host, ending, cleaner, readies), adoption, exits, memory, inFlight, timer);
    new Recovery(host, ledger, cleaner).recover(journal.records(), life -> lives.put(life.id().capsule(), life));
    host.drivers().listen(new Drivers.Listener() {
      @Override
      public void came(Kind<?, ?> kind, String name) {
        adoptAll();
      }

      @Override
      public void went(Kind<?, ?> kind, Driver driver) {
        // While it can still end them: perhaps all are going, and nobody would.
        readies.giveUp();
        lives.values().forEach(life -> life.parts().drop(driver));
      }
    });
    adoptAll();
    host.snapshots().listen(saves::recover);
    host.snapshots().listenGoing(readies::giveUp);
    host.memories().servers().listen(() -> {
      lives.values().forEach(memory::adopt);
      memory.sweep(this::hasParts);
    });
  }

  public Saves saves() {
    return saves;
  }

  ReadyGuests readies() {
    return readies;
  }

  /** What waits for capsules, for operators. */
  public Map<String, String> readyFacts() {
    return readies.facts();
  }

  public Collection<CapsuleLife> all() {
    return lives.values();
  }

  public Optional<CapsuleLife> find(String id) {
    return Optional.ofNullable(lives.get(id));
  }

  public AutoCloseable watch(Consumer<HostedCapsule> listener) {
    return events.watch(listener);
  }

  /** As {@link dev.wrenn.host.HostAgent#create}. */
  public HostedCapsule create(CapsuleOrder order, Duration within) throws HostException {
    Orders.check(order);
    String variables = host.variables().apply(order.env());
    CapsuleLife fresh = new CapsuleLife(CapsuleRecord.starting(order, variables, 1, Instant.now(), Map.of()), ledger);
    CapsuleLife[] former = new CapsuleLife[1];
    CapsuleLife life = lives.compute(order.id(), (id, present) -> {
      if (present == null) {
        return fresh;
      }
      if (!present.record().over() || !present.record().clean()) {
        return present;
      }
      former[0] = present;
      return new CapsuleLife(CapsuleRecord.starting(order, variables, present.id().generation() + 1, Instant.now(), Map.of()), ledger);
    });
    boolean ours = life == fresh || former[0] != null;
    if (!ours) {
      Orders.same(life.record(), order, variables);
    } else {
      begin(life, former[0], order, Deadline.after(within));
    }
    return await(life, within);
  }

  /** As {@link dev.wrenn.host.HostAgent#destroy}. */
  public void destroy(String id, Duration within) throws HostException {
    CapsuleLife life = lives.get(id);
    if (life == null) {
      return;
    }
    life.cancel(new HostException(Code.WRONG_STATE, "destroy", "Capsule " + id + " was destroyed while it was being made"));
    inFlight.begin("destroy");
    Branch<Void> branch = new Branch<>("destroy-" + life.id(), () -> {
      try {
        destroy(life, Deadline.after(host.settings().limits().end()));
        return null;
      } finally {
        inFlight.end();
      }
    });
    try {
      if (!branch.join(within)) {
        throw new HostException(Code.TIMEOUT, "destroy", "Capsule " + id + " has not ended yet; its ending goes on: ask again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, "destroy", "Waiting for the end of " + id + " was broken off; its ending goes on", e);
    } catch (Exception e) {
      throw Reasons.of("destroy", id, e);
    }
  }

  /** As {@link dev.wrenn.host.HostAgent#processes}. */
  public Processes processes(String id) throws HostException {
    return new TrackedProcesses(running(id));
  }

  /** As {@link dev.wrenn.host.HostAgent#files}. */
  public Files files(String id) throws HostException {
    return new TrackedFiles(running(id));
  }

  /** As {@link dev.wrenn.host.HostAgent#connect}. */
  public GuestSocket connect(String id, int port, Duration within) throws HostException {
    return doors.connect(running(id), port, Deadline.after(within));
  }

  /** As {@link dev.wrenn.host.HostAgent#connectAgent}. */
  public GuestSocket connectAgent(String id, Duration within) throws HostException {
    return doors.connectAgent(running(id), Deadline.after(within));
  }

  /** As {@link dev.wrenn.host.HostAgent#console}. Reading is no use of it. */
  public byte[] console(String id, int lastBytes) throws HostException {
    return new LastWords(known(id)).read(lastBytes);
  }

  /** @throws HostException {@code NOT_FOUND} */
  public CapsuleLife known(String id) throws HostException {
    return find(id).orElseThrow(() -> new HostException(Code.NOT_FOUND, "find", "There is no capsule " + id + " on this host"));
  }

  /** As {@link dev.wrenn.host.HostAgent#touch}. */
  public void touch(String id) throws HostException {
    running(id).activity().mark();
  }

  /** Ends an idle capsule, unless it was used since. @return whether it is being ended */
  boolean endIdle(CapsuleLife life, Duration idle, String reason) throws HostException {
    life.takeTurn(Deadline.after(host.settings().limits().end()), "idle");
    try {
      if (life.state() != State.RUNNING || life.activity().called() || life.activity().idle().compareTo(idle) < 0) {
        return false;
      }
      life.move(Move.IDLE, record -> record.ending(State.STOPPING, Instant.now(),
          Optional.of(new HostedCapsule.Failure("idle", reason)), record.steps()));
      life.closeAgent();
    } finally {
      life.giveTurn();
    }
    cleaner.later(life);
    return true;
  }

  /** It was taken over, and nothing of it is left. */
  void drop(CapsuleLife life) {
    lives.remove(life.id().capsule(), life);
  }

  /** Drops the memory of a capsule that is over. */
  void forget(CapsuleLife life) throws HostException {
    if (life.record().over() && life.record().clean() && lives.remove(life.id().capsule(), life)) {
      life.forget();
    }
  }

  /**
   * Takes no more orders, gives those in flight some time, breaks off those that are still being made then, and ends no capsule.
   * What can't be finished is found by the next start's recovery.
   */
  @Override
  public void close() {
    inFlight.close();
    if (!inFlight.await(host.settings().goDown())) {
      HostException why = new HostException(Code.UNAVAILABLE, "create", "This host is going down: ask again");
      lives.values().forEach(life -> life.cancel(why));
      inFlight.await(host.settings().goDown());
    }
    exits.close();
    memory.close();
    events.close();
    lives.values().forEach(CapsuleLife::closeAgent);
    noteLastUse();
  }

  private void noteLastUse() {
    try {
      for (CapsuleLife life : lives.values()) {
        life.noteActivity(Duration.ZERO);
      }
    } catch (IOException e) {
      LOG.warn("When capsules were last used could not be written down; their idle times begin earlier", e);
    }
  }

  private void begin(CapsuleLife life, CapsuleLife former, CapsuleOrder order, Deadline within) throws HostException {
    try {
      inFlight.begin("create");
    } catch (HostException e) {
      refuse(life, former, e);
      throw e;
    }
    Thread.ofVirtual().name("create-" + life.id()).start(() -> {
      try {
        create(life, former, order, within);
      } finally {
        inFlight.end();
      }
    });
  }

  private void create(CapsuleLife life, CapsuleLife former, CapsuleOrder order, Deadline within) {
    life.creator(Thread.currentThread());
    try {
      life.takeTurn(within, "admission");
      try {
        Creation creation = new Creation(host, ending, cleaner, readies, life, order, within);
        Ground ground;
        try {
          ground = creation.prepare();
        } catch (HostException e) {
          refuse(life, former, e);
          return;
        }
        HostedCapsule made = creation.make(ground);
        life.parts().vm.object().ifPresent(vm -> exits.watch(life, vm));
        memory.begun(life);
        life.parts().keepOnly(host.drivers()::has);
        adoption.later(life);
        life.created().complete(made);
      } finally {
        life.creator(null);
        life.giveTurn();
      }
    } catch (Throwable e) {
      life.created().completeExceptionally(e);
    }
  }

  /** It never began: what was there under its id before is there again. */
  private void refuse(CapsuleLife life, CapsuleLife former, HostException why) {
    lives.computeIfPresent(life.id().capsule(), (id, present) -> present == life ? former : present);
    life.created().completeExceptionally(why);
  }

  private HostedCapsule await(CapsuleLife life, Duration within) throws HostException {
    if (life.state() == State.RUNNING) {
      return life.picture();
    }
    String id = life.id().capsule();
    try {
      return life.created().get(within.plus(Creation.longestUndo(host.settings())).toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw Reasons.of("create", id, e.getCause());
    } catch (TimeoutException e) {
      throw new HostException(Code.TIMEOUT, "create", "Capsule " + id + " is neither made nor undone yet: ask again", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, "create", "Waiting for capsule " + id + " was broken off; it is being made: ask again", e);
    }
  }

  private void destroy(CapsuleLife life, Deadline within) throws HostException {
    if (life.state() == State.STARTING) {
      awaitUndo(life, within);
    }
    life.takeTurn(within, "destroy");
    try {
      if (life.forgotten() || lives.get(life.id().capsule()) != life) {
        return;
      }
      if (life.state() == State.PAUSED) {
        life.move(Move.DESTROY_PAUSED, record -> record.ending(State.STOPPING, Instant.now(), Optional.empty(), record.steps()));
      } else if (life.state() == State.RUNNING) {
        life.move(Move.DESTROY, record -> record.ending(State.STOPPING, Instant.now(), Optional.empty(), record.steps()));
      }
      try {
        if (!life.record().clean()) {
          ending.end(life, within);
          cleaner.finish(life);
        }
      } catch (HostException e) {
        cleaner.later(life);
        throw e;
      }
      if (!life.forgotten()) {
        life.gone();
      }
      lives.remove(life.id().capsule(), life);
    } finally {
      life.giveTurn();
    }
  }

  /** Its creation undoes by itself what it made; only then is it known what there is to end. */
  private static void awaitUndo(CapsuleLife life, Deadline within) throws HostException {
    try {
      life.created().get(within.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      // As asked for: it was not made.
    } catch (TimeoutException e) {
      throw new HostException(Code.TIMEOUT, "destroy", "Capsule " + life.id().capsule() + " is still being undone: ask again", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, "destroy", "Waiting for " + life.id().capsule() + " was broken off", e);
    }
  }

  private CapsuleLife running(String id) throws HostException {
    CapsuleLife life = known(id);
    if (life.state() != State.RUNNING) {
      throw new HostException(Code.WRONG_STATE, "find", Reach.ended(life));
    }
    return life;
  }

  private boolean hasParts(PlanId id) {
    CapsuleLife life = lives.get(id.capsule());
    return life != null && life.id().equals(id) && !life.record().clean();
  }

  private void adoptAll() {
    lives.values().forEach(adoption::later);
  }
}
