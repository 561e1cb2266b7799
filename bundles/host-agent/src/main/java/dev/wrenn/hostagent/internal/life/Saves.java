package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent.Copy;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pauses, resumes, copies and templates of this host's capsules. What was begun is finished, whatever becomes of who asked for it. Thread-safe. */
public final class Saves {
  private static final Logger LOG = LoggerFactory.getLogger(Saves.class);
  private static final int MOST_COPIES = 100;
  /** How the templates are called that live as long as copies take to start. */
  static final String FORK = "fork-";

  private final HostContext host;
  private final Capsules capsules;
  private final Adoption adoption;
  private final ExitWatch exits;
  private final MemoryWatch memory;
  private final InFlight inFlight;
  private final ScheduledExecutorService timer;
  private final Pausing pausing;
  private final Resuming resuming;
  /** Templates that copies are being made from now. */
  private final Set<String> copied = ConcurrentHashMap.newKeySet();

  Saves(HostContext host, Capsules capsules, Pausing pausing, Resuming resuming, Adoption adoption, ExitWatch exits,
      MemoryWatch memory, InFlight inFlight, ScheduledExecutorService timer) {
    this.host = host;
    this.capsules = capsules;
    this.adoption = adoption;
    this.exits = exits;
    this.memory = memory;
    this.inFlight = inFlight;
    this.timer = timer;
    this.pausing = pausing;
    this.resuming = resuming;
  }

  Stalls stalls() {
    return pausing.stalls();
  }

  /** As {@link dev.wrenn.host.HostAgent#pause}. */
  public HostedCapsule pause(String id, Duration within) throws HostException {
    CapsuleLife life = need(id);
    return apart("pause", life, within, () -> inTurn(life, "pause", within, State.PAUSED, State.RUNNING, () -> pausing.pause(life, Deadline.after(within))));
  }

  /** The idle timer's pause. @return whether it is paused now */
  boolean pauseIdle(CapsuleLife life, Duration idle, Deadline within) throws HostException {
    life.takeTurn(within, "idle");
    try {
      if (life.state() != State.RUNNING || life.activity().called() || life.activity().idle().compareTo(idle) < 0) {
        return false;
      }
      pausing.pause(life, within);
      return true;
    } finally {
      life.giveTurn();
    }
  }

  /** As {@link dev.wrenn.host.HostAgent#resume}. */
  public HostedCapsule resume(String id, boolean cold, Duration within) throws HostException {
    CapsuleLife life = need(id);
    return apart("resume", life, within, () -> inTurn(life, "resume", within, State.RUNNING, State.PAUSED, () -> {
      HostedCapsule resumed = resuming.resume(life, cold, Deadline.after(within));
      life.parts().vm.object().ifPresent(vm -> exits.watch(life, vm));
      memory.begun(life);
      life.parts().keepOnly(host.drivers()::has);
      adoption.later(life);
      return resumed;
    }));
  }

  /** As {@link dev.wrenn.host.HostAgent#template}. */
  public HostStatus.Image template(String id, String name, Duration within) throws HostException {
    return template(id, name, within, UnaryOperator.identity());
  }

  private HostStatus.Image template(String id, String name, Duration within, UnaryOperator<Manifest.Details> words) throws HostException {
    free(name);
    CapsuleLife life = need(id);
    return apart("template", life, within, () -> {
      life.takeTurn(Deadline.after(within), "template");
      try {
        return image(life.state() == State.PAUSED ? ofPaused(life, next(name), Deadline.after(within), words)
            : pausing.template(running(life, "template"), next(name), Deadline.after(within), words));
      } finally {
        life.giveTurn();
      }
    });
  }

  /** Saves a capsule of this host's own, of which nothing more is wanted: it may be ended afterwards. */
  Snapshot keep(String id, SnapshotId as, Deadline within) throws HostException {
    CapsuleLife life = need(id);
    life.takeTurn(within, "warm");
    try {
      return pausing.template(running(life, "warm"), as, within, UnaryOperator.identity());
    } finally {
      life.giveTurn();
    }
  }

  /** As {@link dev.wrenn.host.HostAgent#deleteTemplate}. */
  public void deleteTemplate(String name) throws HostException {
    free(name);
    try {
      host.snapshots().need(Deadline.after(host.settings().limits().end())).remove(SnapshotId.Kind.TEMPLATE, name);
    } catch (SnapshotException e) {
      throw Reasons.of("template", name, e);
    }
  }

  /** As {@link dev.wrenn.host.HostAgent#fork}. */
  public List<Copy> fork(String id, List<CapsuleOrder> copies, Duration within) throws HostException {
    if (copies.isEmpty() || copies.size() > MOST_COPIES) {
      throw new HostException(Code.INVALID, "fork", "Between 1 and " + MOST_COPIES + " copies can be made at once, not " + copies.size());
    }
    CapsuleLife life = need(id);
    String name = FORK + copies.getFirst().id();
    Deadline limit = Deadline.after(within);
    copied.add(name);
    try {
      template(id, name, within, SavedFacts::forCopies);
      return copies(life, name, copies, limit);
    } finally {
      copied.remove(name);
    }
  }

  private List<Copy> copies(CapsuleLife life, String name, List<CapsuleOrder> copies, Deadline limit) throws HostException {
    try {
      CapsuleOrder original = life.record().order();
      List<Branch<HostedCapsule>> branches = new ArrayList<>();
      for (CapsuleOrder copy : copies) {
        CapsuleOrder order = new CapsuleOrder(copy.id(), copy.team(), name, original.vcpus(), original.memoryMib(), 0, copy.idleTimeout(),
            original.defaultUser(), copy.env(), copy.egress(), copy.endsIdle());
        branches.add(new Branch<>("fork-" + copy.id(), () -> capsules.create(order, limit.remaining())));
      }
      List<Copy> made = new ArrayList<>();
      for (int at = 0; at < branches.size(); at++) {
        try {
          made.add(new Copy(Optional.of(branches.get(at).join()), Optional.empty()));
        } catch (Exception e) {
          made.add(new Copy(Optional.empty(), Optional.of(Reasons.of("fork", copies.get(at).id(), e))));
        }
      }
      return made;
    } finally {
      end(name);
    }
  }

  /** The copies are there, or are not: neither depends on this. */
  private void end(String copies) {
    try {
      deleteTemplate(copies);
    } catch (HostException e) {
      LOG.warn("Template {}, from which copies were made, can't be removed now; it is tried again: {}", copies, e.getMessage());
    }
  }

  /** Templates with memory on this host. */
  public List<HostStatus.Image> templates() {
    List<HostStatus.Image> images = new ArrayList<>();
    try {
      Optional<Snapshots> snapshots = host.snapshots().now();
      for (Snapshot snapshot : snapshots.isPresent() ? snapshots.get().list() : List.<Snapshot>of()) {
        if (snapshot.id().kind() == SnapshotId.Kind.TEMPLATE) {
          images.add(image(snapshot));
        }
      }
    } catch (SnapshotException e) {
      LOG.warn("Templates can't be listed", e);
    }
    return images;
  }

  /** The snapshots are here: those that were being paused when this host stopped are looked at, and what nobody uses any more goes. */
  void recover() {
    for (CapsuleLife life : capsules.all()) {
      if (life.state() == State.PAUSING || life.state() == State.RUNNING) {
        Thread.ofVirtual().name("recover-" + life.id()).start(() -> recover(life, host.settings().limits().retryFirst()));
      }
    }
    try {
      Optional<Snapshots> snapshots = host.snapshots().now();
      if (snapshots.isPresent()) {
        unused(snapshots.get());
      }
    } catch (SnapshotException e) {
      LOG.warn("Leases and templates that nobody uses any more could not be ended", e);
    }
  }

  /** What is left of capsules that are gone, and of copies that were being made when this host was killed. */
  private void unused(Snapshots snapshots) throws SnapshotException {
    for (String user : snapshots.leases().keySet()) {
      if (capsules.find(user).isEmpty()) {
        snapshots.release(user);
      }
    }
    unusedCopies(snapshots);
  }

  /** Templates of copies that nobody is making any more: their removal failed, or whoever wanted them did not wait for them. */
  void tidy() {
    try {
      Optional<Snapshots> snapshots = host.snapshots().now();
      if (snapshots.isPresent()) {
        unusedCopies(snapshots.get());
      }
    } catch (SnapshotException e) {
      LOG.warn("Templates from which copies were made could not be removed; it is tried again", e);
    }
  }

  private void unusedCopies(Snapshots snapshots) throws SnapshotException {
    for (Snapshot snapshot : snapshots.census().readable()) {
      if (SavedFacts.isForCopies(snapshot) && !copied.contains(snapshot.id().owner())) {
        snapshots.remove(snapshot.id());
      }
    }
  }

  private void recover(CapsuleLife life, Duration pause) {
    try {
      life.takeTurn(Deadline.after(host.settings().limits().adopt()), "recovery");
      try {
        if (life.forgotten()) {
          return;
        }
        pausing.recover(life);
        if (life.state() == State.RUNNING) {
          resuming.superseded(life);
        }
      } finally {
        life.giveTurn();
      }
      adoption.later(life);
    } catch (HostException e) {
      life.trouble("Capsule " + life.id().capsule() + " was being paused when this host stopped, and can't be looked at: " + e.getMessage()
          + "; tried again every " + Math.max(1, pause.toSeconds()) + " s");
      LOG.error("{}", life.trouble(), e);
      Duration next = host.settings().limits().longer(pause);
      try {
        timer.schedule(() -> Thread.ofVirtual().name("recover-" + life.id()).start(() -> recover(life, next)), pause.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException down) {
        LOG.info("Capsule {} is looked at at the next start: this host is going down", life.id());
      }
    }
  }

  /** A paused capsule and its template share everything; only the names differ. */
  private Snapshot ofPaused(CapsuleLife life, SnapshotId id, Deadline within, UnaryOperator<Manifest.Details> words) throws Exception {
    Snapshots snapshots = host.snapshots().need(within);
    host.captures().hold();
    try {
      return ofPaused(snapshots, life, id, words);
    } catch (SnapshotException e) {
      if (e.code() != SnapshotException.Code.NOT_FOUND) {
        throw e;
      }
      // Its layers were merged just now: it has another map.
      return ofPaused(snapshots, life, id, words);
    } finally {
      host.captures().release();
    }
  }

  private static Snapshot ofPaused(Snapshots snapshots, CapsuleLife life, SnapshotId id, UnaryOperator<Manifest.Details> words) throws Exception {
    Snapshot paused = snapshots.find(SnapshotId.Kind.PAUSE, life.id().capsule()).orElseThrow(() -> new HostException(Code.FAILED, "template",
        "What was saved of capsule " + life.id().capsule() + " is not on this host"));
    try (Draft draft = snapshots.prepare(id, 0)) {
      Files.copy(paused.part(SavedFacts.STATE), draft.file(SavedFacts.STATE));
      draft.memoryOver(paused.manifest().memory().map(), false);
      return draft.publish(words.apply(paused.manifest().details()));
    }
  }

  private SnapshotId next(String name) throws HostException, SnapshotException {
    long there = host.snapshots().need(Deadline.after(host.settings().limits().end())).find(SnapshotId.Kind.TEMPLATE, name)
        .map(snapshot -> snapshot.id().generation()).orElse(0L);
    return new SnapshotId(SnapshotId.Kind.TEMPLATE, name, there + 1);
  }

  private static HostStatus.Image image(Snapshot snapshot) throws SnapshotException {
    SavedFacts facts = SavedFacts.of(snapshot);
    long stored = snapshot.manifest().memory().layers().stream().mapToLong(layer -> layer.pages() * 4096L).sum();
    long disk = snapshot.manifest().details().disks().stream().filter(part -> part.role().equals("disk")).mapToLong(part -> part.bytes()).sum();
    return new HostStatus.Image(snapshot.id().owner(), snapshot.manifest().memory().map().toString(), stored + disk, stored + disk,
        snapshot.manifest().createdAt(), Optional.of(new HostStatus.Machine(facts.vcpus(), facts.memoryMib(), (int) (facts.diskBytes() >> 20))));
  }

  private void free(String name) throws HostException {
    if (!SnapshotId.canOwn(name)) {
      throw new HostException(Code.INVALID, "template", "'" + name + "' can be no template's name here: letters, digits and hyphens, at most 64");
    }
    try {
      host.files().image(name);
    } catch (HostException e) {
      return;
    }
    throw new HostException(Code.CONFLICT, "template", "'" + name + "' is an image of this host: choose another name");
  }

  private CapsuleLife need(String id) throws HostException {
    return capsules.find(id).orElseThrow(() -> new HostException(Code.NOT_FOUND, "find", "There is no capsule " + id + " on this host"));
  }

  private static CapsuleLife running(CapsuleLife life, String what) throws HostException {
    if (life.state() != State.RUNNING) {
      throw new HostException(Code.WRONG_STATE, what, "Capsule " + life.id().capsule() + " is " + life.state()
          + life.failure().map(failure -> ": " + failure.reason()).orElse(""));
    }
    return life;
  }

  private static HostedCapsule inTurn(CapsuleLife life, String what, Duration within, State done, State from, Callable<HostedCapsule> work)
      throws Exception {
    life.takeTurn(Deadline.after(within), what);
    try {
      if (life.state() == done) {
        return life.picture();
      }
      if (life.state() != from) {
        throw new HostException(Code.WRONG_STATE, what, "Capsule " + life.id().capsule() + " is " + life.state() + ", not " + from
            + life.failure().map(failure -> ": " + failure.reason()).orElse(""));
      }
      return work.call();
    } finally {
      life.giveTurn();
    }
  }

  private <T> T apart(String what, CapsuleLife life, Duration within, Callable<T> work) throws HostException {
    inFlight.begin(what);
    Branch<T> branch = new Branch<>(what + "-" + life.id(), () -> {
      try {
        return work.call();
      } finally {
        inFlight.end();
      }
    });
    try {
      return branch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, what, "Waiting for the " + what + " of " + life.id().capsule() + " was broken off; it goes on", e);
    } catch (Exception e) {
      throw Reasons.of(what, life.id().capsule(), e);
    }
  }
}
