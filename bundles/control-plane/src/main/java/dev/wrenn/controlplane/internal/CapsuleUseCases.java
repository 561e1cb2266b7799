package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.IdempotencyRecord;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/** What a team does with its capsules. */
@Component(service = CapsuleService.class, configurationPid = "dev.wrenn.control-plane")
@Designate(ocd = ControlPlaneConfig.class)
public final class CapsuleUseCases implements CapsuleService {
  private static final Duration DESTROY = Duration.ofSeconds(60);
  private static final int NAME_LENGTH = 255;
  private static final int PAGE = 10_000;
  private final Ledger ledger;
  private final Making making;
  private final Hosts hosts;
  private final Limits limits;

  @Activate
  public CapsuleUseCases(ControlPlaneConfig config, @Reference Ledger ledger, @Reference Making making, @Reference Hosts hosts) {
    this.ledger = ledger;
    this.making = making;
    this.hosts = hosts;
    this.limits = new Limits(config);
  }

  @Override
  public Capsule create(Caller caller, NewCapsule request, Optional<String> idempotencyKey) throws PlatformException {
    CapsuleRecord.Spec spec = limits.check(request);
    if (idempotencyKey.isPresent()) {
      return createNamed(caller, spec, idempotencyKey.get());
    }
    needTemplate(spec.template());
    CapsuleRecord row = row(caller, spec);
    return Rows.show(making.await(begin(row, Optional.empty()).orElseThrow()));
  }

  private Capsule createNamed(Caller caller, CapsuleRecord.Spec spec, String name) throws PlatformException {
    if (name.isBlank() || name.length() > NAME_LENGTH) {
      throw new PlatformException(Code.INVALID_REQUEST, "Idempotency-Key must have 1 to " + NAME_LENGTH + " characters.");
    }
    Optional<IdempotencyRecord> first = named(caller, name);
    if (first.isEmpty()) {
      needTemplate(spec.template());
      CapsuleRecord row = row(caller, spec);
      var work = begin(row, Optional.of(new IdempotencyRecord(row.team(), name, RequestHash.of(spec), row.id(), row.createdAt())));
      if (work.isPresent()) {
        return Rows.show(making.await(work.get()));
      }
      // Another request took that name in between.
      first = named(caller, name);
    }
    IdempotencyRecord other = first.orElseThrow(
        () -> new PlatformException(Code.UNAVAILABLE, "The first request with Idempotency-Key '" + name + "' failed just now; try again."));
    if (!other.requestHash().equals(RequestHash.of(spec))) {
      throw new PlatformException(Code.CONFLICT, "Idempotency-Key '" + name + "' was used for another request; use a new one.");
    }
    return Rows.show(making.await(other.capsule()));
  }

  private Optional<IdempotencyRecord> named(Caller caller, String name) throws PlatformException {
    return ledger.call(s -> s.idempotencyKeys().find(Rows.team(caller), name));
  }

  private CapsuleRecord row(Caller caller, CapsuleRecord.Spec spec) {
    return CapsuleRecord.pending(UUID.randomUUID(), Rows.team(caller), spec, Instant.now().truncatedTo(ChronoUnit.MICROS), ledger.self());
  }

  /** The durable intent, and the work on it. @return empty when the name stands for another request */
  private Optional<CompletableFuture<CapsuleRecord>> begin(CapsuleRecord row, Optional<IdempotencyRecord> name) throws PlatformException {
    CompletableFuture<CapsuleRecord> work = making.announce(row.id());
    boolean begun = false;
    try {
      Optional<CapsuleRecord> stored = ledger.insert(row, name);
      if (stored.isPresent()) {
        making.begin(stored.get());
        begun = true;
      }
      return stored.map(done -> work);
    } finally {
      if (!begun) {
        making.callOff(row.id());
      }
    }
  }

  private void needTemplate(String template) throws PlatformException {
    List<HostStatus> known = hosts.statuses();
    if (known.stream().anyMatch(h -> !h.images().isEmpty()) && known.stream().flatMap(h -> h.images().stream()).noneMatch(i -> i.name().equals(template))) {
      throw new PlatformException(Code.NOT_FOUND, "Template '" + template + "' was not found; there are: "
          + String.join(", ", known.stream().flatMap(h -> h.images().stream()).map(HostStatus.Image::name).distinct().sorted().toList()) + ".");
    }
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
    return ledger.call(s -> s.capsules().ofTeam(Rows.team(caller), ended, Optional.empty(), PAGE)).stream().map(Rows::show).toList();
  }

  @Override
  public void destroy(Caller caller, String id) throws PlatformException {
    CapsuleRecord row = ledger.need(caller, id);
    if (row.status() == CapsuleStatus.STOPPED) {
      return;
    }
    CapsuleRecord stopping = ledger.change(row.id(), r -> r.status() == CapsuleStatus.STOPPED ? r : r.in(CapsuleStatus.STOPPING, r.reason())).orElse(row);
    if (stopping.host().isPresent()) {
      try {
        hosts.need(stopping.host().get()).destroy(id, DESTROY);
      } catch (HostException e) {
        throw new PlatformException(e.code() == HostException.Code.UNAVAILABLE || e.code() == HostException.Code.TIMEOUT ? Code.HOST_UNAVAILABLE : Code.AGENT_ERROR,
            "Capsule " + id + " is marked for its end, which will be carried out as soon as its host can: " + e.getMessage(), e);
      }
    }
    ledger.change(row.id(), r -> r.status() == CapsuleStatus.STOPPED ? r : r.in(CapsuleStatus.STOPPED, r.reason()));
  }

  @Override
  public void ping(Caller caller, String id) throws PlatformException {
    try {
      running(caller, id).touch(id);
    } catch (HostException e) {
      throw Errors.use(id, e);
    }
  }

  @Override
  public Processes processes(Caller caller, String id) throws PlatformException {
    try {
      return running(caller, id).processes(id);
    } catch (HostException e) {
      throw Errors.use(id, e);
    }
  }

  private HostAgent running(Caller caller, String id) throws PlatformException, HostException {
    CapsuleRecord row = ledger.need(caller, id);
    if (row.status() != CapsuleStatus.RUNNING) {
      throw new PlatformException(Code.INVALID_STATE, "Capsule " + id + " is " + row.status().wire() + ", not running"
          + row.reason().map(r -> ": " + r.message()).orElse("."));
    }
    return hosts.need(row.host().orElseThrow(() -> new HostException(HostException.Code.UNAVAILABLE, "host", "Capsule " + id + " has no host.")));
  }

  @Override
  public List<Template> templates(Caller caller) {
    Map<String, Template> byName = new LinkedHashMap<>();
    for (HostStatus host : hosts.statuses()) {
      for (HostStatus.Image image : host.images()) {
        byName.putIfAbsent(image.name(), new Template(image.name(), "base", Optional.empty(), Optional.empty(), image.usedBytes(), image.createdAt(), true));
      }
    }
    return new ArrayList<>(byName.values());
  }

  @Override
  public AutoCloseable watch(Caller caller, Consumer<Capsule> listener) {
    return ledger.watch(caller.teamId(), listener);
  }

  @Override
  public dev.wrenn.files.Files files(Caller caller, String id) throws PlatformException {
    throw new UnsupportedOperationException("files");
  }

  @Override
  public byte[] console(Caller caller, String id, int lastBytes) throws PlatformException {
    throw new UnsupportedOperationException("console");
  }

  @Override
  public List<StateChange> history(Caller caller, String id) throws PlatformException {
    throw new UnsupportedOperationException("history");
  }

  @Override
  public Capsule endAt(Caller caller, String id, java.time.Instant end) throws PlatformException {
    throw new UnsupportedOperationException("endAt");
  }
}
