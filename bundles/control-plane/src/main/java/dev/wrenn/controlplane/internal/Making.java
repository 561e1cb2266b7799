package dev.wrenn.controlplane.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.Scheduler;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

  @Deactivate
  void stop() {
    threads.shutdown();
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindScheduler(Scheduler service) {
    scheduler.open(service);
  }

  void unbindScheduler(Scheduler service) {
    scheduler.close(service);
  }

  /** Capsules that are being made by this process now. */
  Set<UUID> underWay() {
    return Set.copyOf(work.keySet());
  }

  void begin(CapsuleRecord row) {
    CompletableFuture<CapsuleRecord> done = new CompletableFuture<>();
    work.put(row.id(), done);
    threads.execute(() -> {
      try {
        done.complete(make(row));
      } catch (PlatformException | RuntimeException e) {
        done.completeExceptionally(e);
      } finally {
        work.remove(row.id(), done);
      }
    });
  }

  /** Waits for the end of the work on a capsule, if there is any. @throws PlatformException why it failed */
  Optional<CapsuleRecord> await(UUID id) throws PlatformException {
    CompletableFuture<CapsuleRecord> done = work.get(id);
    if (done == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(done.get());
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

  private CapsuleRecord make(CapsuleRecord row) throws PlatformException {
    CapsuleOrder order = Rows.order(row, config.default_user());
    long begun = System.nanoTime();
    try (Scheduler.Reservation room = scheduler.get().reserve(order)) {
      double scheduled = (System.nanoTime() - begun) / 1e6;
      CapsuleRecord starting = ledger.change(row.id(), r -> r.status() == CapsuleStatus.PENDING ? r.starting(room.hostId()) : r).orElse(row);
      if (starting.status() != CapsuleStatus.STARTING) {
        throw ended(order.id());
      }
      HostedCapsule hosted = create(room.hostId(), order);
      return settle(row, hosted, scheduled);
    } catch (HostException e) {
      fail(row, new Capsule.Reason(e.step(), e.getMessage()));
      throw Errors.create(order.id(), e);
    } catch (PlatformException | RuntimeException e) {
      fail(row, new Capsule.Reason("control-plane", String.valueOf(e.getMessage())));
      throw e;
    }
  }

  /** A host that is updated meanwhile is asked again: the same order yields the same capsule. */
  private HostedCapsule create(String host, CapsuleOrder order) throws HostException {
    long end = System.nanoTime() + Duration.ofSeconds(config.create_seconds()).toNanos();
    while (true) {
      try {
        return hosts.need(host).create(order, Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      } catch (HostException e) {
        boolean swapped = e.code() == HostException.Code.UNAVAILABLE && hosts.find(host).isEmpty();
        if (!swapped || System.nanoTime() >= end) {
          throw e;
        }
        LOG.info("Host {} went away while it made {}; asking again", host, order.id());
      }
    }
  }

  private CapsuleRecord settle(CapsuleRecord row, HostedCapsule hosted, double scheduled) throws PlatformException {
    List<Capsule.Step> steps = new ArrayList<>(List.of(new Capsule.Step("schedule", scheduled)));
    steps.addAll(Rows.steps(hosted));
    CapsuleRecord now = ledger.change(row.id(), r -> switch (r.status()) {
      case STARTING, RUNNING, MISSING, PENDING -> r.running(hosted.address(), hosted.startedAt(), hosted.lastActiveAt(), steps, hosted.facts());
      default -> r;
    }).orElse(row);
    if (now.status() != CapsuleStatus.RUNNING) {
      throw ended(hosted.id());
    }
    return now;
  }

  private void fail(CapsuleRecord row, Capsule.Reason reason) {
    try {
      ledger.call(s -> {
        s.idempotencyKeys().release(row.id());
        return null;
      });
      ledger.change(row.id(), r -> r.status() == CapsuleStatus.PENDING || r.status() == CapsuleStatus.STARTING
          ? r.in(CapsuleStatus.ERROR, Optional.of(reason)) : r);
    } catch (PlatformException e) {
      LOG.error("The failure of capsule {} could not be recorded and will be found by the next comparison: {}", row.id(), e.getMessage());
    }
  }

  private static PlatformException ended(String id) {
    return new PlatformException(PlatformException.Code.INVALID_STATE, "Capsule " + id + " was destroyed while it was being made.");
  }
}
