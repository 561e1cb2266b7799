package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.linux.fault.FileCache;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.uffd.PageServer;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where restored microVMs get their memory from: chooses, opens, remembers what is delivered, and closes. Thread-safe. */
public final class Memories {
  private static final Logger LOG = LoggerFactory.getLogger(Memories.class);
  private static final Duration FLATTEN = Duration.ofMinutes(10);
  private static final Duration ASK = Duration.ofSeconds(10);

  private final SnapshotGate snapshots;
  private final PageServerGate servers;
  private final HostSettings.Memory settings;
  private final Map<PlanId, PagedMemory> delivered = new ConcurrentHashMap<>();
  private final Map<PlanId, HotSet> touched = new ConcurrentHashMap<>();
  private final Set<Digest> flattening = ConcurrentHashMap.newKeySet();
  /** Whose memory is needed no more though a page server may have it. */
  private final Set<PlanId> left = ConcurrentHashMap.newKeySet();
  /** Read: opening; write: removing what was left. */
  private final ReadWriteLock sweeping = new ReentrantReadWriteLock();

  /**
   * What a restore gets.
   *
   * @param map that was leased: another one than the snapshot had a moment ago, if its layers were merged since
   * @param reason why that source and no other
   */
  record Found(MemorySource source, Digest map, String reason) {}

  public Memories(SnapshotGate snapshots, PageServerGate servers, HostSettings.Memory settings) {
    this.snapshots = snapshots;
    this.servers = servers;
    this.settings = settings;
  }

  PageServerGate servers() {
    return servers;
  }

  HostSettings.Memory settings() {
    return settings;
  }

  /**
   * Leases the memory and makes it ready.
   *
   * @param accepts what the hypervisor driver takes
   */
  Found open(PlanId id, Snapshot saved, Set<String> accepts, Steps steps, Deadline within) throws Exception {
    Snapshots store = snapshots.need(within);
    Digest map = store.lease(saved.id(), id.capsule()).manifest().memory().map();
    whole(store, saved.id());
    Optional<MemorySource.Image> flat = store.flat(map);
    Optional<PageServer> server = servers.now();
    boolean shared = saved.id().kind() == SnapshotId.Kind.TEMPLATE && settings.mode().equals(MemoryChoice.Mode.AUTO.name()) && flat.isEmpty();
    boolean first = shared && flattening.add(map);
    MemoryChoice choice = MemoryChoice.of(MemoryChoice.Mode.valueOf(settings.mode()), new MemoryChoice.Situation(flat.isPresent(), shared && !first,
        saved.manifest().memory().layers().size(), accepts, server.isEmpty() ? Optional.of("its bundle is not here") : server.get().trouble()));
    if (first) {
      flattenLater(store, map);
    }
    Optional<HotSet> hot = store.hotSet(saved.id());
    if (choice.paged()) {
      try {
        MemorySource source = steps.take("pages", () -> paged(id, server.orElseThrow(), store.stored(map), hot, within));
        return new Found(source, map, choice.reason());
      } catch (StepFailure e) {
        // A restore that is slower is better than none.
        LOG.warn("The memory of {} can't be delivered; it is mapped from a flat image: {}", id, e.getCause().getMessage());
        left.add(id); // Whether the page server has it is not known.
        choice = new MemoryChoice(false, "the page server failed: " + e.getCause().getMessage());
      }
    }
    MemorySource.Image image = flat.isPresent() ? flat.get() : steps.take("flatten", () -> store.flatten(map, within));
    hot.ifPresent(touched -> readAhead(image.file(), touched));
    return new Found(image, map, choice.reason());
  }

  /** What is damaged is found before anything runs of it: a guest that misses a page later is lost. */
  private static void whole(Snapshots store, SnapshotId id) throws SnapshotException {
    List<String> problems = store.verify(id, Snapshots.Depth.CHANGED);
    if (!problems.isEmpty()) {
      throw new SnapshotException(SnapshotException.Code.CORRUPT, "What was saved can't be used: " + String.join("; ", problems) + ". "
          + SavedFacts.help(id));
    }
  }

  private MemorySource paged(PlanId id, PageServer server, Snapshots.Stored stored, Optional<HotSet> hot, Deadline within) throws PageServerException {
    touched.remove(id);
    sweeping.readLock().lock();
    try {
      server.discard(id, within);
      left.remove(id);
      PagedMemory memory = server.open(id, stored, hot, within);
      delivered.put(id, memory);
      return memory.source();
    } finally {
      sweeping.readLock().unlock();
    }
  }

  /** So that those that come later, or at the same time, share one image. */
  private void flattenLater(Snapshots store, Digest map) {
    Thread.ofVirtual().name("flatten-" + map.brief()).start(() -> {
      try {
        store.flatten(map, Deadline.after(FLATTEN));
      } catch (SnapshotException e) {
        LOG.warn("No flat image of map {} could be made; its memory is delivered by the page server", map.brief(), e);
      } finally {
        flattening.remove(map);
      }
    });
  }

  private static void readAhead(Path image, HotSet first) {
    try (FileCache cache = FileCache.of(image)) {
      first.ranges().forEach(range -> cache.willNeed(range.offset(), range.length()));
    } catch (IOException e) {
      LOG.warn("Image {} is not read ahead", image, e);
    }
  }

  /** What is delivered to that capsule as far as it is known here. */
  Optional<PagedMemory> of(PlanId id) {
    return Optional.ofNullable(delivered.get(id));
  }

  /** Why its memory is not delivered any more though it does not have all of it; empty when nothing is wrong. */
  Optional<String> lost(PlanId id) {
    return of(id).map(memory -> memory.end().toCompletableFuture()).filter(end -> end.state() == Future.State.SUCCESS)
        .map(Future::resultNow).filter(end -> end.kind() == PagedMemory.Kind.LOST)
        .map(end -> lost(end.reason()));
  }

  /** The words for it, wherever it is noticed. */
  static String lost(String reason) {
    return "Its memory was not delivered any more: " + reason;
  }

  /** Takes over what another instance of the host or of the page server had opened. @return empty while the page server is not here */
  Optional<PagedMemory> adopt(PlanId id) throws PageServerException {
    Optional<PageServer> server = servers.now();
    if (server.isEmpty()) {
      return Optional.empty();
    }
    PagedMemory memory = server.get().adopt(id, Deadline.after(ASK));
    delivered.put(id, memory);
    return Optional.of(memory);
  }

  /** Nobody needs its memory any more. What a page server has of it that is not here now goes when it comes: {@link #sweep}. */
  void close(CapsuleLife life, Deadline within) throws HostException {
    PlanId id = life.id();
    touched.remove(id);
    boolean asked = delivered.remove(id) != null || life.record().maybePaged();
    if (!asked && !left.contains(id)) {
      return;
    }
    // Noted first, looked at the service then: one that comes meanwhile is seen here, or sees the note.
    left.add(id);
    Optional<PageServer> server = servers.now();
    if (server.isEmpty()) {
      return;
    }
    try {
      server.get().discard(id, within);
      left.remove(id);
    } catch (PageServerException e) {
      throw Reasons.of("memory", id.capsule(), e);
    }
  }

  /**
   * The page server came: what it has of whom nobody needs is removed, as a kill of this JVM, or a capsule's end without a page server, leaves it.
   *
   * @param needed whether somebody's memory may still be in use
   */
  void sweep(Predicate<PlanId> needed) throws PageServerException {
    Optional<PageServer> server = servers.now();
    if (server.isEmpty()) {
      return;
    }
    for (PlanId id : server.get().known(Deadline.after(ASK))) {
      // What is opened just now was not needed a moment ago: it must not be taken for what was left.
      sweeping.writeLock().lock();
      try {
        if (left.contains(id) || !delivered.containsKey(id) && !needed.test(id)) {
          server.get().discard(id, Deadline.after(ASK));
          left.remove(id);
          LOG.info("What the page server still had of {} is removed: nobody needs it", id);
        }
      } finally {
        sweeping.writeLock().unlock();
      }
    }
  }

  /** Asks what the capsule has touched since it went on, and keeps it with what it was restored from, or for its next pause. */
  void recordHotSet(CapsuleLife life, Optional<SnapshotId> template) {
    PagedMemory memory = delivered.get(life.id());
    if (memory == null) {
      return;
    }
    try {
      HotSet hot = memory.touched(Deadline.after(ASK));
      touched.put(life.id(), hot);
      LOG.info("The memory of {} after {} s: {}", life.id(), settings.hotSet().toSeconds(), memory.stats(Deadline.after(ASK)));
      Optional<Snapshots> store = snapshots.now();
      if (template.isPresent() && store.isPresent() && store.get().find(template.get().kind(), template.get().owner()).isPresent()) {
        store.get().keepHotSet(template.get(), hot);
      }
    } catch (IOException e) {
      LOG.info("What {} touched first is not known; the next restore is not made faster by it: {}", life.id(), e.getMessage());
    }
  }

  /** Keeps with a new pause what its capsule touched first when it last went on. */
  void keepHotSet(CapsuleLife life, SnapshotId pause) {
    HotSet hot = touched.get(life.id());
    Optional<Snapshots> store = snapshots.now();
    if (hot == null || store.isEmpty()) {
      return;
    }
    try {
      store.get().keepHotSet(pause, hot);
    } catch (SnapshotException e) {
      LOG.warn("What {} touches first could not be kept with its pause", life.id(), e);
    }
  }
}
