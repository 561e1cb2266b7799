package dev.wrenn.persistence;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A capsule as the control plane wants and last saw it. Times are cut to microseconds when they are stored.
 *
 * @param version grows with each change; 1 at first
 * @param host id of its host, once one was chosen
 * @param lastUpdated set by the store with each change
 * @param owner the control plane that is making it now; see {@link Leases}
 * @param endAt when it is ended or paused, as its options say, whatever it does
 * @param left while it is paused: what was left until its end as it was paused; absent when it has none, or another was said since
 */
public record CapsuleRecord(
    UUID id,
    long version,
    UUID team,
    Spec spec,
    CapsuleStatus status,
    Optional<String> host,
    Optional<String> address,
    Instant createdAt,
    Optional<Instant> startedAt,
    Optional<Instant> lastActiveAt,
    Instant lastUpdated,
    Optional<Capsule.Reason> reason,
    List<Capsule.Step> steps,
    Map<String, String> metadata,
    Optional<UUID> owner,
    Optional<Instant> endAt,
    Optional<Duration> left) {

  /**
   * What was asked for.
   *
   * @param diskMb 0: as the image
   * @param timeoutSec 0: never
   * @param options without the variables, which are never stored
   * @param lifetime in whole seconds
   */
  public record Spec(String template, int vcpus, int memoryMb, int diskMb, int timeoutSec, CapsuleOptions options, Optional<Duration> lifetime) {
    public Spec {
      options = options.withoutEnv();
    }

    public Spec(String template, int vcpus, int memoryMb, int diskMb, int timeoutSec, CapsuleOptions options) {
      this(template, vcpus, memoryMb, diskMb, timeoutSec, options, Optional.empty());
    }

    public Spec(String template, int vcpus, int memoryMb, int diskMb, int timeoutSec) {
      this(template, vcpus, memoryMb, diskMb, timeoutSec, CapsuleOptions.DEFAULT);
    }
  }

  public CapsuleRecord {
    steps = List.copyOf(steps);
    metadata = Map.copyOf(metadata);
  }

  /** A capsule that was asked for and not begun. */
  public static CapsuleRecord pending(UUID id, UUID team, Spec spec, Instant now, UUID owner) {
    return new CapsuleRecord(id, 0, team, spec, CapsuleStatus.PENDING, Optional.empty(), Optional.empty(), now, Optional.empty(),
        Optional.empty(), now, Optional.empty(), List.of(), Map.of(), Optional.of(owner), Optional.empty(), Optional.empty());
  }

  public CapsuleRecord starting(String onHost) {
    return new CapsuleRecord(id, version, team, spec, CapsuleStatus.STARTING, Optional.of(onHost), address, createdAt, startedAt,
        lastActiveAt, lastUpdated, reason, steps, metadata, owner, endAt, left);
  }

  /** It runs, and nobody is making it any more. */
  public CapsuleRecord running(
      Optional<String> at, Optional<Instant> since, Optional<Instant> active, List<Capsule.Step> took, Map<String, String> facts) {
    return new CapsuleRecord(id, version, team, spec, CapsuleStatus.RUNNING, host, at, createdAt, since, active, lastUpdated,
        Optional.empty(), took, facts, Optional.empty(), endAt, left);
  }

  /** In another state, which needs no owner. */
  public CapsuleRecord in(CapsuleStatus next, Optional<Capsule.Reason> why) {
    return new CapsuleRecord(id, version, team, spec, next, host, address, createdAt, startedAt, lastActiveAt, lastUpdated, why, steps,
        metadata, Optional.empty(), endAt, left);
  }

  /** All of it is saved; its end stands still. @param now one that comes back to its pause has the time left that it had */
  public CapsuleRecord paused(Optional<Capsule.Reason> why, List<Capsule.Step> took, Instant now) {
    Optional<Duration> rest = status == CapsuleStatus.RESUMING ? left
        : endAt.map(end -> end.isAfter(now) ? Duration.between(now, end).truncatedTo(ChronoUnit.MILLIS) : Duration.ZERO);
    return new CapsuleRecord(id, version, team, spec, CapsuleStatus.PAUSED, host, Optional.empty(), createdAt, startedAt, lastActiveAt, lastUpdated, why,
        took, metadata, Optional.empty(), endAt, rest);
  }

  public CapsuleRecord activeAt(Instant when) {
    return new CapsuleRecord(id, version, team, spec, status, host, address, createdAt, startedAt, Optional.of(when), lastUpdated, reason,
        steps, metadata, owner, endAt, left);
  }

  /** With another end, which holds as it is said. */
  public CapsuleRecord endingAt(Instant end) {
    return new CapsuleRecord(id, version, team, spec, status, host, address, createdAt, startedAt, lastActiveAt, lastUpdated, reason, steps, metadata,
        owner, Optional.of(end), Optional.empty());
  }
}
