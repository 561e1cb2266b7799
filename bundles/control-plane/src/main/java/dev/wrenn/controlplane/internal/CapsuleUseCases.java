package dev.wrenn.controlplane.internal;

import dev.wrenn.files.Files;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.process.Processes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/** What a team does with its capsules. */
@Component(service = CapsuleService.class, configurationPid = "dev.wrenn.control-plane")
@Designate(ocd = ControlPlaneConfig.class)
public final class CapsuleUseCases implements CapsuleService {
  private static final int CONSOLE_BYTES = 4 << 20;
  private final Ledger ledger;
  private final TeamLists lists;
  private final Creation creation;
  private final Destruction destruction;
  private final Pauses pauses;
  private final Forks forks;
  private final TemplateUseCases templates;
  private final Lifetimes lifetimes;
  private final Hosts hosts;
  private final Wakes wakes;

  @Activate
  public CapsuleUseCases(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Making making, @Reference Hosts hosts,
      @Reference Lifetimes lifetimes, @Reference Secrets secrets, @Reference Pauses pauses, @Reference Wakes wakes) {
    this.ledger = ledger;
    lists = new TeamLists(ledger);
    this.hosts = hosts;
    this.lifetimes = lifetimes;
    Limits limits = new Limits(config, ledger);
    templates = new TemplateUseCases(ledger, hosts, making);
    creation = new Creation(ledger, making, hosts, limits, secrets, templates);
    this.pauses = pauses;
    this.wakes = wakes;
    forks = new Forks(ledger, hosts, making, limits, config);
    destruction = new Destruction(ledger, hosts);
  }

  @Override
  public Capsule create(Caller caller, NewCapsule request, Optional<String> idempotencyKey) throws PlatformException {
    return Rows.show(creation.create(caller, request, idempotencyKey));
  }

  @Override
  public Capsule get(Caller caller, String id) throws PlatformException {
    CapsuleRecord row = ledger.need(caller, id);
    if (row.status() != CapsuleStatus.RUNNING) {
      return Rows.show(row);
    }
    // The host knows of activity at once, the row from time to time.
    Optional<Instant> active = row.host().flatMap(hosts::find).flatMap(h -> h.find(id)).flatMap(HostedCapsule::lastActiveAt);
    return Rows.show(active.map(row::activeAt).orElse(row));
  }

  @Override
  public List<Capsule> list(Caller caller, boolean ended) throws PlatformException {
    UUID team = Rows.team(caller);
    return ended ? ledger.call(s -> s.capsules().ofTeam(team, true, Optional.empty(), TeamLists.LONGEST)).stream().map(Rows::show).toList() : lists.of(team);
  }

  @Override
  public void destroy(Caller caller, String id) throws PlatformException {
    destruction.end(ledger.need(caller, id), row -> true, Optional.empty());
  }

  @Override
  public Capsule endAt(Caller caller, String id, Instant end) throws PlatformException {
    CapsuleRecord row = ledger.need(caller, id);
    Instant cut = end.truncatedTo(ChronoUnit.MICROS);
    CapsuleRecord now = ledger.change(row.id(), r -> r.status() == CapsuleStatus.RUNNING || r.status() == CapsuleStatus.PAUSED ? r.endingAt(cut) : r).orElse(row);
    if (now.status() != CapsuleStatus.RUNNING && now.status() != CapsuleStatus.PAUSED) {
      throw notRunning(id, now);
    }
    if (Lifetimes.over(now, Instant.now())) {
      lifetimes.end(now);
    }
    return Rows.show(ledger.need(caller, id));
  }

  @Override
  public void ping(Caller caller, String id) throws PlatformException {
    try {
      CapsuleRecord row = ledger.need(caller, id);
      if (row.status() != CapsuleStatus.RUNNING) {
        throw notRunning(id, row);
      }
      wakes.host(row).touch(id);
    } catch (HostException e) {
      throw Errors.use(id, e);
    }
  }

  @Override
  public Processes processes(Caller caller, String id) throws PlatformException {
    try {
      return wakes.use(ledger.need(caller, id), host -> host.processes(id));
    } catch (HostException e) {
      throw Errors.use(id, e);
    }
  }

  @Override
  public Files files(Caller caller, String id) throws PlatformException {
    try {
      return wakes.use(ledger.need(caller, id), host -> host.files(id));
    } catch (HostException e) {
      throw Errors.use(id, e);
    }
  }

  @Override
  public byte[] console(Caller caller, String id, int lastBytes) throws PlatformException {
    if (lastBytes < 1 || lastBytes > CONSOLE_BYTES) {
      throw new PlatformException(Code.INVALID_REQUEST, "Of the console, 1 to " + CONSOLE_BYTES + " bytes can be had, not " + lastBytes + ".");
    }
    CapsuleRecord row = ledger.need(caller, id);
    try {
      return hosts.need(row.host().orElseThrow(() -> new HostException(HostException.Code.NOT_FOUND, "host", "it was never on a host"))).console(id, lastBytes);
    } catch (HostException e) {
      throw e.code() == HostException.Code.NOT_FOUND || e.code() == HostException.Code.WRONG_STATE
          ? new PlatformException(Code.NOT_FOUND, "There is no console of capsule " + id + ": " + e.getMessage(), e) : Errors.use(id, e);
    }
  }

  @Override
  public List<StateChange> history(Caller caller, String id) throws PlatformException {
    CapsuleRecord row = ledger.need(caller, id);
    return ledger.call(s -> s.capsules().history(row.id())).stream().map(c -> new StateChange(c.at(), c.status(), c.reason(), c.steps())).toList();
  }

  static PlatformException notRunning(String id, CapsuleRecord row) {
    boolean paused = row.status() == CapsuleStatus.PAUSED || row.status() == CapsuleStatus.PAUSING;
    return new PlatformException(Code.INVALID_STATE, "Capsule " + id + " is " + row.status().wire() + (paused ? ": resume it first" : ", not running")
        + row.reason().map(r -> ": " + r.message()).orElse("."));
  }

  @Override
  public Capsule pause(Caller caller, String id) throws PlatformException {
    return Rows.show(pauses.pause(pauses.after(Set.of(CapsuleStatus.RESUMING), ledger.need(caller, id))));
  }

  @Override
  public Capsule resume(Caller caller, String id, boolean cold) throws PlatformException {
    return resume(caller, id, cold, Optional.empty());
  }

  @Override
  public Capsule resume(Caller caller, String id, boolean cold, Duration lifetime) throws PlatformException {
    return resume(caller, id, cold, Optional.of(lifetime));
  }

  private Capsule resume(Caller caller, String id, boolean cold, Optional<Duration> lifetime) throws PlatformException {
    return Rows.show(pauses.resume(pauses.after(Set.of(CapsuleStatus.PAUSING), ledger.need(caller, id)), cold, lifetime));
  }

  @Override
  public List<Copy> fork(Caller caller, String id, int count) throws PlatformException {
    return forks.fork(ledger.need(caller, id), count);
  }

  @Override
  public List<Template> templates(Caller caller) throws PlatformException {
    return templates.all(Rows.team(caller));
  }

  @Override
  public Template snapshot(Caller caller, String id, Optional<String> name, boolean overwrite) throws PlatformException {
    return templates.save(caller, pauses.after(Set.of(CapsuleStatus.PAUSING, CapsuleStatus.RESUMING), ledger.need(caller, id)), name, overwrite);
  }

  @Override
  public void deleteTemplate(Caller caller, String name) throws PlatformException {
    templates.delete(caller, name);
  }

  @Override
  public AutoCloseable watch(Caller caller, Consumer<Capsule> listener) {
    return ledger.watch(caller.teamId(), listener);
  }
}
