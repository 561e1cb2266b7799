package dev.wrenn.controlplane.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.Scheduler;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes capsules from their rows. The work has a thread of its own: whoever asked may go away and the row still comes to a defined
 * state.
 */
@Component(service = Making.class, configurationPid = "dev.wrenn.control-plane")
public final class Making {
  private static final Logger LOG = LoggerFactory.getLogger(Making.class);
  private static final Duration HAND_OVER = Duration.ofSeconds(20);
  private static final Duration UNDO = Duration.ofSeconds(60);
  private final Map<UUID, CompletableFuture<CapsuleRecord>> work = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("create-", 0).factory());
  private final Gate<Scheduler> scheduler;
  private final Ledger ledger;
  private final Hosts hosts;
  private final ControlPlaneConfig config;

  @Activate
  public Making(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Hosts hosts) {
    this.config = config;
    this.ledger = ledger;
    this.hosts = hosts;
    this.scheduler = new Gate<>("scheduler", Duration.ofSeconds(config.service_wait_seconds()));
  }

  /** Lets what is being made come to its end. What takes longer is not interrupted, for that could break a host's files under it, but undone. */
  @Deactivate
  void stop() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(HAND_OVER.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("{} capsules are still being made and will be undone", work.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindScheduler(Scheduler service) {
    scheduler.open(service);
  }

  void unbindScheduler(Scheduler service) {
    scheduler.close(service);
  }

  /** Whether this process is making that capsule now. */
  boolean underWay(UUID id) {
    return work.containsKey(id);
  }

  /** Says that a capsule will be made, before it has a row: whoever finds the row finds the work too. */
  CompletableFuture<CapsuleRecord> announce(UUID id) {
    CompletableFuture<CapsuleRecord> done = new CompletableFuture<>();
    work.put(id, done);
    return done;
  }

  /** The announced capsule got no row. */
  void callOff(UUID id) {
    work.remove(id);
  }

  /** What is asked for and in no row. @param lifetime counted from when code can run in it */
  record Beside(Map<String, String> env, Optional<String> user, Optional<Duration> lifetime) {
    static final Beside NOTHING = new Beside(Map.of(), Optional.empty(), Optional.empty());

    @Override
    public String toString() {
      return "Beside[" + env.size() + " variables, " + user + ", " + lifetime + "]";
    }
  }

  /** Begins the announced work. @param image name of what it starts from, as its host knows it */
  void begin(CapsuleRecord row, String image, Beside beside) {
    CompletableFuture<CapsuleRecord> done = work.get(row.id());
    threads.execute(() -> {
      try {
        done.complete(make(row, image, beside));
      } catch (PlatformException | RuntimeException e) {
        done.completeExceptionally(e);
      } finally {
        work.remove(row.id(), done);
      }
    });
  }

  /** Waits for a capsule that somebody is making; in this process or in another. @throws PlatformException why it failed */
  CapsuleRecord await(UUID id) throws PlatformException {
    CompletableFuture<CapsuleRecord> done = work.get(id);
    if (done != null) {
      return await(done);
    }
    PlatformException late = new PlatformException(PlatformException.Code.UNAVAILABLE,
        "Capsule " + WireId.CAPSULE.format(id) + " is still being made; ask again with the same Idempotency-Key.");
    try {
      // Another process makes it.
      return ledger.await(id, Duration.ofSeconds(config.create_seconds()), Making::made).orElseThrow(() -> late);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw late;
    }
  }

  /** @return empty while somebody makes it @throws PlatformException why it failed */
  private static Optional<CapsuleRecord> made(CapsuleRecord row) throws PlatformException {
    if (row.status() == CapsuleStatus.ERROR) {
      Capsule.Reason why = row.reason().orElse(new Capsule.Reason("control-plane", "for an unknown reason"));
      throw new PlatformException(PlatformException.Code.AGENT_ERROR,
          "Capsule " + WireId.CAPSULE.format(row.id()) + " failed at step '" + why.step() + "': " + why.message());
    }
    return row.status() == CapsuleStatus.PENDING || row.status() == CapsuleStatus.STARTING ? Optional.empty() : Optional.of(row);
  }

  /** @throws PlatformException why it failed */
  CapsuleRecord await(CompletableFuture<CapsuleRecord> done) throws PlatformException {
    try {
      return done.get();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new PlatformException(PlatformException.Code.UNAVAILABLE, "The wait was ended; the capsule is still being made. List your capsules to find it.", stop);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PlatformException told) {
        throw told;
      }
      LOG.error("Making a capsule failed by a defect", e.getCause());
      throw new PlatformException(PlatformException.Code.INTERNAL_ERROR, "Making the capsule failed by a defect; see the log of the platform.", e.getCause());
    }
  }

  private CapsuleRecord make(CapsuleRecord row, String image, Beside beside) throws PlatformException {
    CapsuleOrder order = Rows.order(row, image, beside.user().orElse(config.default_user()), beside.env());
    long begun = System.nanoTime();
    try (Scheduler.Reservation room = reserve(order)) {
      double scheduled = (System.nanoTime() - begun) / 1e6;
      CapsuleRecord starting = ledger.change(row.id(), r -> r.status() == CapsuleStatus.PENDING ? r.starting(room.hostId()) : r).orElse(row);
      if (starting.status() != CapsuleStatus.STARTING) {
        throw ended(order.id());
      }
      return settle(row, room.hostId(), create(room.hostId(), order), scheduled, beside.lifetime());
    } catch (HostException e) {
      boolean failed = fail(row, new Capsule.Reason(e.step(), e.getMessage()));
      throw failed ? Errors.create(order.id(), e) : ended(order.id());
    } catch (PlatformException e) {
      fail(row, new Capsule.Reason("control-plane", e.getMessage()));
      throw e.code() == PlatformException.Code.INVALID_STATE ? e
          : new PlatformException(e.code(), "Capsule " + order.id() + " failed: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      fail(row, new Capsule.Reason("control-plane", String.valueOf(e.getMessage())));
      throw e;
    }
  }

  /** The only host may be under an update just now. */
  private Scheduler.Reservation reserve(CapsuleOrder order) throws PlatformException, HostException {
    Instant until = Instant.now().plusSeconds(config.service_wait_seconds());
    while (true) {
      try {
        return scheduler.get().reserve(order);
      } catch (HostException e) {
        if (e.code() != HostException.Code.UNAVAILABLE || !hosts.mayReturn(until)) {
          throw e;
        }
      }
    }
  }

  /** A host that is updated meanwhile is asked again: the same order yields the same capsule. */
  private HostedCapsule create(String host, CapsuleOrder order) throws HostException {
    long end = System.nanoTime() + Duration.ofSeconds(config.create_seconds()).toNanos();
    while (true) {
      HostAgent agent = hosts.need(host);
      try {
        return agent.create(order, Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      } catch (HostException e) {
        boolean swapped = e.code() == HostException.Code.UNAVAILABLE && hosts.find(host).filter(agent::equals).isEmpty();
        if (!swapped || System.nanoTime() >= end) {
          throw e;
        }
        LOG.info("Host {} went away while it made {}; asking again", host, order.id());
      }
    }
  }

  private CapsuleRecord settle(CapsuleRecord row, String host, HostedCapsule hosted, double scheduled, Optional<Duration> lifetime)
      throws PlatformException, HostException {
    List<Capsule.Step> steps = new ArrayList<>(List.of(new Capsule.Step("schedule", scheduled)));
    steps.addAll(Rows.steps(hosted));
    Optional<Instant> end = lifetime.map(Instant.now()::plus);
    CapsuleRecord now = ledger.change(row.id(), r -> switch (r.status()) {
      case STARTING, RUNNING, MISSING, PENDING -> {
        CapsuleRecord runs = r.running(hosted.address(), hosted.startedAt(), hosted.lastActiveAt(), steps, hosted.facts());
        yield end.map(runs::endingAt).orElse(runs);
      }
      default -> r;
    }).orElse(row);
    if (now.status() != CapsuleStatus.RUNNING) {
      // It was ended before the host had begun with it.
      hosts.need(host).destroy(hosted.id(), UNDO);
      throw ended(hosted.id());
    }
    return now;
  }

  /** @return false when somebody had ended the capsule meanwhile, so that there is no failure */
  private boolean fail(CapsuleRecord row, Capsule.Reason reason) {
    try {
      ledger.call(s -> {
        s.idempotencyKeys().release(row.id());
        return null;
      });
      return ledger.change(row.id(), r -> r.status() == CapsuleStatus.PENDING || r.status() == CapsuleStatus.STARTING
          ? r.in(CapsuleStatus.ERROR, Optional.of(reason)) : r).filter(r -> r.status() != CapsuleStatus.ERROR).isEmpty();
    } catch (PlatformException e) {
      LOG.error("The failure of capsule {} could not be recorded and will be found by the next comparison: {}", WireId.CAPSULE.format(row.id()), e.getMessage());
      return true;
    }
  }

  private static PlatformException ended(String id) {
    return new PlatformException(PlatformException.Code.INVALID_STATE, "Capsule " + id + " was destroyed while it was being made.");
  }
}
