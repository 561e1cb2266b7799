package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pauses and resumes: the durable intent first, then the host's work, then what came of it. A row that was left in between follows its host. */
final class Pauses {
  private static final Logger LOG = LoggerFactory.getLogger(Pauses.class);
  private static final Duration WITHIN = Duration.ofMinutes(5);
  private final Ledger ledger;
  private final Hosts hosts;
  private final PausedMetrics metrics;

  Pauses(Ledger ledger, Hosts hosts) {
    this.ledger = ledger;
    this.hosts = hosts;
    metrics = new PausedMetrics(ledger);
  }

  @FunctionalInterface
  private interface Work {
    HostedCapsule on(HostAgent host, String id) throws HostException;
  }

  CapsuleRecord pause(CapsuleRecord row) throws PlatformException {
    return change(row, CapsuleStatus.RUNNING, CapsuleStatus.PAUSING, CapsuleStatus.PAUSED, (host, id) -> {
      keepMetrics(row, host);
      return host.pause(id, WITHIN);
    });
  }

  /** Worth no failure. */
  private void keepMetrics(CapsuleRecord row, HostAgent host) {
    try {
      metrics.keep(row, host);
    } catch (PlatformException | HostException e) {
      LOG.warn("What capsule {} used before its pause could not be kept", WireId.CAPSULE.format(row.id()), e);
    }
  }

  CapsuleRecord resume(CapsuleRecord row, boolean cold) throws PlatformException {
    return change(row, CapsuleStatus.PAUSED, CapsuleStatus.RESUMING, CapsuleStatus.RUNNING, (host, id) -> host.resume(id, cold, WITHIN));
  }

  private CapsuleRecord change(CapsuleRecord row, CapsuleStatus from, CapsuleStatus via, CapsuleStatus to, Work work) throws PlatformException {
    String id = WireId.CAPSULE.format(row.id());
    if (row.status() == to) {
      return row;
    }
    // One that is on its way already joins the host's queue for this capsule.
    CapsuleRecord moving = ledger.change(row.id(), r -> r.status() == from ? r.in(via, Optional.empty()) : r).orElse(row);
    if (moving.status() == to) {
      return moving;
    }
    if (moving.status() != via) {
      throw new PlatformException(Code.INVALID_STATE, "Capsule " + id + " is " + moving.status().wire() + ", not " + from.wire()
          + moving.reason().map(r -> ": " + r.message()).orElse("."));
    }
    try {
      HostAgent host = hosts.need(moving.host().orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "host", "it has no host")));
      return follow(moving, work.on(host, id));
    } catch (HostException e) {
      asItIs(moving, id);
      throw Errors.change(id, e);
    }
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
      case RUNNING -> row.status() == CapsuleStatus.RUNNING ? row : row.running(hosted.address(), row.startedAt().or(hosted::startedAt),
          hosted.lastActiveAt().or(row::lastActiveAt), Rows.steps(hosted), hosted.facts());
      case PAUSED -> row.status() == CapsuleStatus.PAUSED ? row : used(row.paused(Rows.reason(hosted), Rows.steps(hosted)), hosted);
      case ERROR -> row.in(CapsuleStatus.ERROR, Rows.reason(hosted));
      case STOPPED -> row.in(CapsuleStatus.STOPPED, Rows.reason(hosted));
      case STARTING, PAUSING, RESUMING, STOPPING -> row;
    };
  }

  private static CapsuleRecord used(CapsuleRecord row, HostedCapsule hosted) {
    return hosted.lastActiveAt().map(row::activeAt).orElse(row);
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
