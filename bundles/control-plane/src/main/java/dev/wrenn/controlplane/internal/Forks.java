package dev.wrenn.controlplane.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService.Copy;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Copies of a running capsule: a row for each before its host begins, and what came of each in it. */
final class Forks {
  private static final Duration WITHIN = Duration.ofMinutes(5);
  private static final int MOST = 100;
  private final Ledger ledger;
  private final Hosts hosts;
  private final Making making;
  private final Limits limits;
  private final ControlPlaneConfig config;

  Forks(Ledger ledger, Hosts hosts, Making making, Limits limits, ControlPlaneConfig config) {
    this.ledger = ledger;
    this.hosts = hosts;
    this.making = making;
    this.limits = limits;
    this.config = config;
  }

  List<Copy> fork(CapsuleRecord row, int count) throws PlatformException {
    if (count < 1 || count > MOST) {
      throw new PlatformException(Code.INVALID_REQUEST, "count is " + count + ", but must be between 1 and " + MOST + ".");
    }
    String id = WireId.CAPSULE.format(row.id());
    if (row.status() != CapsuleStatus.RUNNING) {
      throw CapsuleUseCases.notRunning(id, row);
    }
    String host = row.host().orElseThrow(() -> new PlatformException(Code.HOST_UNAVAILABLE, "Capsule " + id + " has no host."));
    List<CapsuleRecord> rows = new ArrayList<>();
    try {
      insert(row, host, count, rows);
      return copies(id, hosts.need(host), rows);
    } catch (HostException e) {
      fail(rows, new Capsule.Reason(e.step(), e.getMessage()));
      throw Errors.change(id, e);
    } catch (PlatformException e) {
      fail(rows, new Capsule.Reason("fork", e.getMessage()));
      throw e;
    } finally {
      rows.forEach(copy -> making.callOff(copy.id()));
    }
  }

  private void insert(CapsuleRecord row, String host, int count, List<CapsuleRecord> rows) throws PlatformException {
    TeamLimits most = limits.of(row.team());
    for (int i = 0; i < count; i++) {
      Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
      CapsuleRecord begun = CapsuleRecord.pending(UUID.randomUUID(), row.team(), row.spec(), now, ledger.self()).starting(host);
      // What was to end by itself is not to live on for ever as a copy.
      CapsuleRecord copy = row.spec().lifetime().map(now::plus).or(row::endAt).map(begun::endingAt).orElse(begun);
      making.announce(copy.id());
      rows.add(copy);
      Ledger.Insertion done = ledger.insert(copy, Optional.empty(), held -> Limits.refusal(row.spec(), held, most).isEmpty());
      if (done.stored().isEmpty()) {
        throw new PlatformException(Code.QUOTA_EXCEEDED, done.held().flatMap(held -> Limits.refusal(row.spec(), held, most)).orElse("No room for a copy."));
      }
    }
  }

  private List<Copy> copies(String id, HostAgent agent, List<CapsuleRecord> rows) throws HostException, PlatformException {
    List<CapsuleOrder> orders = rows.stream().map(copy -> Rows.order(copy, copy.spec().template(), config.default_user(), Map.of())).toList();
    List<HostAgent.Copy> made = agent.fork(id, orders, WITHIN);
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      copies.add(settle(rows.get(i), made.get(i)));
    }
    return copies;
  }

  private Copy settle(CapsuleRecord row, HostAgent.Copy made) throws PlatformException {
    if (made.failure().isPresent()) {
      HostException e = made.failure().get();
      fail(List.of(row), new Capsule.Reason(e.step(), e.getMessage()));
      return new Copy(Optional.empty(), Optional.of(Errors.create(WireId.CAPSULE.format(row.id()), e)));
    }
    HostedCapsule hosted = made.capsule().orElseThrow();
    CapsuleRecord now = ledger.change(row.id(), r -> r.status() == CapsuleStatus.STARTING
        ? r.running(hosted.address(), hosted.startedAt(), hosted.lastActiveAt(), Rows.steps(hosted), hosted.facts()) : r).orElse(row);
    return new Copy(Optional.of(Rows.show(now)), Optional.empty());
  }

  private void fail(List<CapsuleRecord> rows, Capsule.Reason why) throws PlatformException {
    for (CapsuleRecord row : rows) {
      ledger.change(row.id(), r -> r.status() == CapsuleStatus.STARTING || r.status() == CapsuleStatus.PENDING ? r.in(CapsuleStatus.ERROR, Optional.of(why)) : r);
    }
  }
}
