package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into capsules, which wakes those that ask for it. However many come at once, a capsule is resumed once and all wait for that, so long
 * as is set; the resume goes on when they have left. Thread-safe.
 */
@Component(service = Wakes.class, configurationPid = "dev.wrenn.control-plane")
public final class Wakes {
  private static final Logger LOG = LoggerFactory.getLogger(Wakes.class);
  /** How long a pause that is under way is waited for, before whoever asked anew tries again. */
  private static final Duration LONGEST = Duration.ofMinutes(6);
  private final Map<UUID, CompletableFuture<CapsuleRecord>> wakings = new ConcurrentHashMap<>();
  private final Ledger ledger;
  private final Hosts hosts;
  private final Pauses pauses;
  private final Duration patience;

  @FunctionalInterface
  interface Use<T> {
    T of(HostAgent host) throws HostException;
  }

  @Activate
  public Wakes(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Hosts hosts, @Reference Pauses pauses) {
    this.ledger = ledger;
    this.hosts = hosts;
    this.pauses = pauses;
    patience = Duration.ofSeconds(config.wake_seconds());
  }

  /**
   * What is wanted of a running capsule's host; one that asks for it is woken first, also when its host has paused it and the row does not know
   * yet.
   *
   * @throws PlatformException {@code INVALID_STATE} when it does not run; {@code UNAVAILABLE} when it could not be woken
   * @throws HostException of the use
   */
  <T> T use(CapsuleRecord row, Use<T> use) throws PlatformException, HostException {
    return use(row, host -> true, use);
  }

  /** @param mayWake asked before a capsule is woken that wants to be */
  <T> T use(CapsuleRecord row, Use<Boolean> mayWake, Use<T> use) throws PlatformException, HostException {
    if (row.status() == CapsuleStatus.RUNNING) {
      try {
        return use.of(host(row));
      } catch (HostException e) {
        if (e.code() != HostException.Code.WRONG_STATE || !pausedByHost(row)) {
          throw e;
        }
      }
    }
    if (!mayWake.of(host(row))) {
      throw asleep(row);
    }
    return use.of(host(wake(row)));
  }

  /** The row of a capsule that its host has paused by itself follows a little later. */
  private boolean pausedByHost(CapsuleRecord row) throws HostException {
    return host(row).find(WireId.CAPSULE.format(row.id())).filter(on -> switch (on.state()) {
      case PAUSING, PAUSED, RESUMING -> true;
      case STARTING, RUNNING, STOPPING, STOPPED, ERROR -> false;
    }).isPresent();
  }

  private static PlatformException asleep(CapsuleRecord row) {
    return new PlatformException(Code.INVALID_STATE, "Capsule " + WireId.CAPSULE.format(row.id()) + " is paused or being saved: resume it, or try again in a moment.");
  }

  HostAgent host(CapsuleRecord row) throws HostException {
    return hosts.need(row.host().orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "host",
        "Capsule " + WireId.CAPSULE.format(row.id()) + " has no host.")));
  }

  /** Whether it is paused, or on its way into a pause or out of one, and is to be woken. */
  static boolean canWake(CapsuleRecord row) {
    return row.spec().options().wake() && switch (row.status()) {
      case PAUSING, PAUSED, RESUMING -> true;
      default -> false;
    };
  }

  /** @return as it runs @throws PlatformException {@code INVALID_STATE}; {@code UNAVAILABLE} */
  private CapsuleRecord wake(CapsuleRecord row) throws PlatformException {
    if (row.status() == CapsuleStatus.RUNNING ? !row.spec().options().wake() : !canWake(row)) {
      throw row.status() == CapsuleStatus.RUNNING ? asleep(row) : CapsuleUseCases.notRunning(WireId.CAPSULE.format(row.id()), row);
    }
    CompletableFuture<CapsuleRecord> mine = new CompletableFuture<>();
    CompletableFuture<CapsuleRecord> other = wakings.putIfAbsent(row.id(), mine);
    if (other == null) {
      Thread.ofVirtual().name("wake-" + WireId.CAPSULE.format(row.id())).start(() -> work(row.id(), mine));
    }
    return await(row.id(), other == null ? mine : other);
  }

  private void work(UUID id, CompletableFuture<CapsuleRecord> waking) {
    // It is taken away before it is answered: who comes then may want the capsule woken from its next pause.
    try {
      CapsuleRecord row = woken(id);
      wakings.remove(id, waking);
      waking.complete(row);
    } catch (PlatformException | RuntimeException | InterruptedException e) {
      wakings.remove(id, waking);
      waking.completeExceptionally(e);
    }
  }

  private CapsuleRecord woken(UUID id) throws PlatformException, InterruptedException {
    String shown = WireId.CAPSULE.format(id);
    return ledger.await(id, LONGEST, row -> look(row, shown)).orElseThrow(() -> new PlatformException(Code.UNAVAILABLE,
        "Capsule " + shown + " is being paused for more than " + LONGEST.toMinutes() + " minutes; try again later."));
  }

  /** @return as it runs; empty while it is still being paused */
  private Optional<CapsuleRecord> look(CapsuleRecord row, String shown) throws PlatformException {
    if (row.status() == CapsuleStatus.PAUSED || row.status() == CapsuleStatus.RESUMING) {
      LOG.info("Capsule {} is wanted: it is resumed", shown);
      return Optional.of(pauses.resume(row, false, Optional.empty()));
    }
    Optional<HostedCapsule> hosted = row.host().flatMap(hosts::find).flatMap(host -> host.find(shown));
    if (row.status() == CapsuleStatus.RUNNING && hosted.filter(on -> on.state() != State.RUNNING).isEmpty()) {
      return Optional.of(row);
    }
    if (row.status() != CapsuleStatus.RUNNING && row.status() != CapsuleStatus.PAUSING) {
      throw CapsuleUseCases.notRunning(shown, row);
    }
    // Its host pauses it, and says so when it has.
    if (hosted.filter(on -> on.state() == State.PAUSED).isPresent() && !pauses.underWay(row.id())) {
      pauses.follow(row, hosted.get());
    }
    return Optional.empty();
  }

  private CapsuleRecord await(UUID id, CompletableFuture<CapsuleRecord> done) throws PlatformException {
    String shown = WireId.CAPSULE.format(id);
    try {
      return done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new PlatformException(Code.UNAVAILABLE, "Capsule " + shown + " was paused and is being resumed, which takes longer than "
          + patience.toSeconds() + " s; try again in a moment.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException(Code.UNAVAILABLE, "The wait for capsule " + shown + " was ended; it is being resumed.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PlatformException told) {
        // To whoever wanted to use it, a host that failed is a matter of time: it stays paused and can be woken again.
        throw new PlatformException(told.code() == Code.AGENT_ERROR ? Code.UNAVAILABLE : told.code(),
            "Capsule " + shown + " could not be woken: " + told.getMessage(), told);
      }
      LOG.error("Waking capsule {} failed by a defect", shown, e.getCause());
      throw new PlatformException(Code.INTERNAL_ERROR, "Waking capsule " + shown + " failed by a defect; see the log of the platform.", e.getCause());
    }
  }
}
