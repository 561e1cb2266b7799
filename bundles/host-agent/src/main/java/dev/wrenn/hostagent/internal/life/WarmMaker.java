package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.hostagent.internal.life.WarmStock.Kept;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps guests booted for the sizes that are wanted, and some of them ready. Looks again and again, and makes one at a time, when nobody waits for a capsule. A
 * failure is told and tried again with growing pauses: until then capsules boot.
 */
public final class WarmMaker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmMaker.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  private static final Duration ROOM_PAUSE = Duration.ofSeconds(2);
  private static final Duration READY_PAUSE = Duration.ofSeconds(20);

  private final HostContext host;
  private final WarmShelf shelf;
  private final ReadyGuests readies;
  private final Leisure forKept;
  private final Leisure forReady;
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile boolean closed;
  private volatile Thread thread;
  // Of one look at a time.
  private boolean begun;
  private Optional<Set<String>> known = Optional.empty();
  private Instant readyNotBefore = Instant.MIN;
  private Instant notBefore = Instant.MIN;
  private Duration pause = FIRST_PAUSE;

  public WarmMaker(HostContext host, Capsules capsules) {
    this.host = host;
    shelf = new WarmShelf(host, capsules);
    readies = capsules.readies();
    forKept = new Leisure(host);
    forReady = new Leisure(host);
  }

  public void start(ScheduledExecutorService timer) {
    long check = host.settings().idleCheck().toMillis();
    timer.scheduleWithFixedDelay(this::look, check, check, TimeUnit.MILLISECONDS);
  }

  /** Makes no more; one that is being made is ended. */
  @Override
  public void close() {
    closed = true;
    Set<PlanId> tried = new HashSet<>();
    readies.close();
    shelf.endOwn(tried);
    awaitLook();
    // What was begun meanwhile.
    readies.close();
    shelf.endOwn(tried);
  }

  /** What is made for a guest that has ended fails soon. */
  private void awaitLook() {
    Thread look = thread;
    try {
      if (look != null && !look.join(host.settings().goDown())) {
        LOG.warn("A guest is still being made for this host; the next start ends it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    Optional<Snapshots> snapshots = host.snapshots().now();
    if (snapshots.isEmpty() || Instant.now().isBefore(notBefore) || closed || !looking.compareAndSet(false, true)) {
      return;
    }
    thread = Thread.ofVirtual().name("warm").start(() -> {
      try {
        attend(snapshots.get());
      } catch (Exception e) {
        failed(e);
      } finally {
        looking.set(false);
      }
    });
  }

  private void attend(Snapshots snapshots) throws Exception {
    if (!begun) {
      shelf.endOwn(new HashSet<>());
      begun = true;
    }
    if (host.warm().on() && !host.drivers().probed()) {
      return;
    }
    Map<String, Size> wanted = shelf.wanted();
    if (!Optional.of(wanted.keySet()).equals(known) || host.warm().doubts()) {
      host.warm().keepOnly(wanted.keySet());
      shelf.tidy(snapshots, wanted);
      known = Optional.of(Set.copyOf(wanted.keySet()));
    }
    Optional<Map.Entry<String, Size>> missing = wanted.entrySet().stream().filter(one -> !host.warm().has(one.getKey())).findFirst();
    if (missing.isEmpty()) {
      forKept.nothing();
    } else if (forKept.now()) {
      shelf.make(snapshots, missing.get().getKey(), missing.get().getValue());
      host.warm().trouble("");
      pause = FIRST_PAUSE;
    }
    attendReady();
  }

  /** Keeps as many guests ready as are wanted, of the size that is asked for most. That one can't be made is no trouble: capsules are restored then. */
  private void attendReady() {
    int there = readies.tidy(host.warm().all());
    Optional<Kept> kept = host.warm().demand().most(Instant.now()).flatMap(size -> host.warm().all().stream().filter(one -> one.size().equals(size)).findFirst());
    if (there >= host.settings().warm().ready() || kept.isEmpty()) {
      forReady.nothing();
    } else if (Instant.now().isAfter(readyNotBefore) && forReady.now()) {
      Size size = kept.get().size();
      try {
        if (host.capacity().hasFree(2L * (size.memoryMib() + host.settings().shares().headroomMib()))) {
          readies.make(kept.get(), host.warm().demand().egress(size));
        }
        forReady.nothing();
      } catch (Exception e) {
        boolean noRoom = e instanceof HostException why && why.code() == HostException.Code.NO_CAPACITY;
        readyNotBefore = Instant.now().plus(noRoom ? ROOM_PAUSE : READY_PAUSE);
        if (!noRoom && !closed) {
          LOG.warn("No guest of {} can be made ready; tried again after {} s", size, READY_PAUSE.toSeconds(), e);
        }
      }
    }
  }

  private void failed(Exception why) {
    if (closed) {
      return;
    }
    host.warm().trouble("No guest can be kept booted, so capsules boot: " + why.getMessage() + "; tried again every " + pause.toSeconds() + " s");
    LOG.warn("No guest can be kept booted, so capsules boot; tried again after {} s", pause.toSeconds(), why);
    known = Optional.empty();
    notBefore = Instant.now().plus(pause);
    pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
  }
}
