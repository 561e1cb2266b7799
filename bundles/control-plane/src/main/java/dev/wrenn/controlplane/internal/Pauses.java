package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pauses and resumes: the durable intent first, then the host's work, then what came of it. A row that was left in between follows its host. */
@Component(service = Pauses.class, configurationPid = "dev.wrenn.control-plane")
public final class Pauses {
  private static final Logger LOG = LoggerFactory.getLogger(Pauses.class);
  private static final Duration WITHIN = Duration.ofMinutes(5);
  /** Whoever woke a capsule should not find it gone before he has done something with it. */
  private static final Duration LEAST = Duration.ofMinutes(5);
  private final Map<UUID, Integer> underWay = new ConcurrentHashMap<>();
  private final Ledger ledger;
  private final Hosts hosts;
  private final PausedMetrics metrics;
  private final Limits limits;

  @Activate
  public Pauses(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Hosts hosts) {
    this.ledger = ledger;
    this.hosts = hosts;
    limits = new Limits(config, ledger);
    metrics = new PausedMetrics(ledger);
  }

  @FunctionalInterface
  private interface Work {
    HostedCapsule on(HostAgent host, String id) throws HostException;
  }

  /** From one status through another one to a third. @param still asked again as the intent is written */
  private record Change(CapsuleStatus from, CapsuleStatus via, CapsuleStatus to, Predicate<CapsuleRecord> still, Work work) {}

  CapsuleRecord pause(CapsuleRecord row) throws PlatformException {
    return pause(row, any -> true);
  }

  /** @param still whether it is to be paused after all; otherwise it stays what it is */
  CapsuleRecord pause(CapsuleRecord row, Predicate<CapsuleRecord> still) throws PlatformException {
    return change(row, new Change(CapsuleStatus.RUNNING, CapsuleStatus.PAUSING, CapsuleStatus.PAUSED, still, (host, id) -> {
      keepMetrics(row, host);
      return host.pause(id, WITHIN);
    }));
  }

  /** Worth no failure. */
  void keepMetrics(CapsuleRecord row, HostAgent host) {
    try {
      metrics.keep(row, host);
    } catch (PlatformException | HostException e) {
      LOG.warn("What capsule {} used before its pause could not be kept", WireId.CAPSULE.format(row.id()), e);
    }
  }

  /**
   * @param lifetime from now on; absent: as the row says
   * @throws PlatformException also {@code QUOTA_EXCEEDED}: what a paused capsule had, others may have got
   */
  CapsuleRecord resume(CapsuleRecord row, boolean cold, Optional<Duration> lifetime) throws PlatformException {
    CapsuleRecord now = change(row, new Change(CapsuleStatus.PAUSED, CapsuleStatus.RESUMING, CapsuleStatus.RUNNING, any -> true,
        (host, id) -> host.resume(id, cold, WITHIN)));
    if (lifetime.isEmpty()) {
      return now;
    }
    Instant end = Instant.now().plus(lifetime.get()).truncatedTo(ChronoUnit.MICROS);
    return ledger.change(now.id(), r -> r.status() == CapsuleStatus.RUNNING ? r.endingAt(end) : r).orElse(now);
  }

  /**
   * The row as it is when it is in none of those states any more: to its users a capsule that is being paused is paused, so they may ask for its
   * resume. After {@link #WITHIN} as it is by then.
   */
  CapsuleRecord after(Set<CapsuleStatus> passing, CapsuleRecord row) throws PlatformException {
    if (!passing.contains(row.status())) {
      return row;
    }
    try {
      Optional<CapsuleRecord> settled = ledger.await(row.id(), WITHIN, now -> passing.contains(now.status()) ? Optional.empty() : Optional.of(now));
      return settled.isPresent() ? settled.get() : ledger.find(row.id()).orElse(row);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException(Code.UNAVAILABLE, "The wait for capsule " + WireId.CAPSULE.format(row.id()) + " was ended.", e);
    }
  }

  /** Whether this process is pausing or resuming that capsule now: what a host told before is no news then. */
  boolean underWay(UUID id) {
    return underWay.containsKey(id);
  }

  private CapsuleRecord change(CapsuleRecord row, Change change) throws PlatformException {
    if (row.status() == change.to()) {
      return row;
    }
    underWay.merge(row.id(), 1, Integer::sum);
    try {
      return carryOut(row, change);
    } finally {
      underWay.computeIfPresent(row.id(), (id, count) -> count == 1 ? null : count - 1);
    }
  }

  private CapsuleRecord carryOut(CapsuleRecord row, Change change) throws PlatformException {
    String id = WireId.CAPSULE.format(row.id());
    // One that is on its way already joins the host's queue for this capsule.
    UnaryOperator<CapsuleRecord> intend = r -> r.status() == change.from() && change.still().test(r) ? r.in(change.via(), Optional.empty()) : r;
    CapsuleRecord moving = (change.from() == CapsuleStatus.PAUSED ? admitted(row, intend) : ledger.change(row.id(), intend)).orElse(row);
    if (moving.status() == change.to() || moving.status() == change.from()) {
      return moving;
    }
    if (moving.status() != change.via()) {
      throw new PlatformException(Code.INVALID_STATE, "Capsule " + id + " is " + moving.status().wire() + ", not " + change.from().wire()
          + moving.reason().map(r -> ": " + r.message()).orElse("."));
    }
    try {
      HostAgent host = hosts.need(moving.host().orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "host", "it has no host")));
      HostedCapsule hosted = change.work().on(host, id);
      return follow(moving, hosted);
    } catch (HostException e) {
      asItIs(moving, id);
      throw Errors.change(id, e);
    }
  }

  private Optional<CapsuleRecord> admitted(CapsuleRecord row, UnaryOperator<CapsuleRecord> intend) throws PlatformException {
    TeamLimits most = limits.of(row.team());
    AtomicReference<Optional<String>> refusal = new AtomicReference<>(Optional.empty());
    Optional<CapsuleRecord> now = ledger.change(row.id(), (r, held) -> {
      CapsuleRecord intended = intend.apply(r);
      refusal.set(intended == r ? Optional.empty() : Limits.refusal(r.spec(), held, most));
      return refusal.get().isEmpty() ? intended : r;
    });
    if (refusal.get().isPresent()) {
      throw new PlatformException(Code.QUOTA_EXCEEDED, "Capsule " + WireId.CAPSULE.format(row.id()) + " stays paused: " + refusal.get().get());
    }
    return now;
  }

  /** What a host says of a capsule after one of these, in its row. */
  CapsuleRecord follow(CapsuleRecord row, HostedCapsule hosted) throws PlatformException {
    return ledger.change(row.id(), r -> followed(r, hosted)).orElse(row);
  }

  /** The row as the host's picture has it; itself when that says nothing new. */
  static CapsuleRecord followed(CapsuleRecord row, HostedCapsule hosted) {
    boolean follows = switch (row.status()) {
      case RUNNING, MISSING, PAUSING, PAUSED, RESUMING -> true;
      default -> false;
    };
    if (!follows) {
      return row;
    }
    return switch (hosted.state()) {
      case RUNNING -> row.status() == CapsuleStatus.RUNNING ? row : goingOn(row, hosted, Instant.now());
      case PAUSED -> row.status() == CapsuleStatus.PAUSED ? row : used(row.paused(Rows.reason(hosted), Rows.steps(hosted), Instant.now()), hosted);
      case ERROR -> row.in(CapsuleStatus.ERROR, Rows.reason(hosted));
      case STOPPED -> row.in(CapsuleStatus.STOPPED, Rows.reason(hosted));
      case STARTING, PAUSING, RESUMING, STOPPING -> row;
    };
  }

  private static CapsuleRecord used(CapsuleRecord row, HostedCapsule hosted) {
    return hosted.lastActiveAt().map(row::activeAt).orElse(row);
  }

  private static CapsuleRecord goingOn(CapsuleRecord row, HostedCapsule hosted, Instant now) {
    CapsuleRecord runs = row.running(hosted.address(), row.startedAt().or(hosted::startedAt), hosted.lastActiveAt().or(row::lastActiveAt),
        Rows.steps(hosted), hosted.facts());
    boolean paused = row.status() == CapsuleStatus.PAUSED || row.status() == CapsuleStatus.RESUMING;
    return paused && row.endAt().isPresent() ? runs.endingAt(endAfterPause(row, now)) : runs;
  }

  /** The time in which it was paused does not count. An end that was said while it was paused, and is still to come, stays as said. */
  private static Instant endAfterPause(CapsuleRecord row, Instant now) {
    Instant end = row.endAt().orElseThrow();
    if (row.left().isEmpty() && end.isAfter(now)) {
      return end;
    }
    Duration rest = LEAST;
    for (Duration other : new Duration[] {row.left().orElse(LEAST), row.spec().lifetime().orElse(LEAST)}) {
      rest = other.compareTo(rest) > 0 ? other : rest;
    }
    return now.plus(rest).truncatedTo(ChronoUnit.MICROS);
  }

  private void asItIs(CapsuleRecord row, String id) {
    try {
      Optional<HostedCapsule> now = row.host().flatMap(hosts::find).flatMap(host -> host.find(id));
      if (now.isPresent()) {
        follow(row, now.get());
      }
    } catch (PlatformException e) {
      LOG.warn("What became of capsule {} could not be recorded and will be found by the next comparison", id, e);
    }
  }
}
