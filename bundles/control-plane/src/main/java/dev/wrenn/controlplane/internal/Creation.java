package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostStatus;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.IdempotencyRecord;
import dev.wrenn.persistence.TemplateRecord;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** From a request to the capsule: its bounds, its name, the durable intent, and the wait for the work on it. */
final class Creation {
  private static final int NAME_LENGTH = 255;
  private final Ledger ledger;
  private final Making making;
  private final Hosts hosts;
  private final Limits limits;
  private final Secrets secrets;
  private final TemplateUseCases templates;

  Creation(Ledger ledger, Making making, Hosts hosts, Limits limits, Secrets secrets, TemplateUseCases templates) {
    this.ledger = ledger;
    this.making = making;
    this.hosts = hosts;
    this.limits = limits;
    this.secrets = secrets;
    this.templates = templates;
  }

  /** @param saved the team's own template, when it is one @param most what binds the team @param beside what is in no row */
  private record Asked(UUID team, CapsuleRecord.Spec spec, Optional<TemplateRecord> saved, Making.Beside beside, TeamLimits most) {
    /** As its host knows what it starts from. */
    String image() {
      return saved.map(TemplateRecord::hostKey).orElse(spec.template());
    }
  }

  CapsuleRecord create(Caller caller, NewCapsule request, Optional<String> name) throws PlatformException {
    UUID team = Rows.team(caller);
    TeamLimits most = limits.of(team);
    Optional<TemplateRecord> saved = templates.own(team, Limits.template(request));
    CapsuleRecord.Spec spec = limits.check(saved.map(own -> sized(request, own)).orElse(request), most);
    Asked asked = new Asked(team, spec, saved, new Making.Beside(request.options().env(), request.options().user(), request.lifetime()), most);
    return name.isPresent() ? named(asked, name.get()) : unnamed(asked);
  }

  /** What was saved with its memory keeps its size. */
  private static NewCapsule sized(NewCapsule request, TemplateRecord saved) {
    return new NewCapsule(request.template(), Optional.of(saved.vcpus()), Optional.of(saved.memoryMb()), request.timeoutSec(), Optional.of(saved.diskMb()),
        request.lifetime(), request.options());
  }

  private CapsuleRecord unnamed(Asked asked) throws PlatformException {
    needTemplate(asked);
    return making.await(begin(asked, row(asked), Optional.empty()).orElseThrow());
  }

  private CapsuleRecord named(Asked asked, String name) throws PlatformException {
    if (name.isBlank() || name.length() > NAME_LENGTH) {
      throw new PlatformException(Code.INVALID_REQUEST, "Idempotency-Key must have 1 to " + NAME_LENGTH + " characters.");
    }
    String hash = RequestHash.of(asked.spec(), asked.beside(), secrets.get());
    Optional<IdempotencyRecord> first = find(asked, name);
    if (first.isEmpty()) {
      needTemplate(asked);
      CapsuleRecord row = row(asked);
      var work = begin(asked, row, Optional.of(new IdempotencyRecord(row.team(), name, hash, row.id(), row.createdAt())));
      if (work.isPresent()) {
        return making.await(work.get());
      }
      // Another request took that name in between.
      first = find(asked, name);
    }
    IdempotencyRecord other = first.orElseThrow(
        () -> new PlatformException(Code.UNAVAILABLE, "The first request with Idempotency-Key '" + name + "' failed just now; try again."));
    if (!other.requestHash().equals(hash)) {
      throw new PlatformException(Code.CONFLICT, "Idempotency-Key '" + name + "' was used for another request; use a new one.");
    }
    return making.await(other.capsule());
  }

  private Optional<IdempotencyRecord> find(Asked asked, String name) throws PlatformException {
    return ledger.call(s -> s.idempotencyKeys().find(asked.team(), name));
  }

  private CapsuleRecord row(Asked asked) {
    return CapsuleRecord.pending(UUID.randomUUID(), asked.team(), asked.spec(), Instant.now().truncatedTo(ChronoUnit.MICROS), ledger.self());
  }

  /** The durable intent, and the work on it. @return empty when the name stands for another request */
  private Optional<CompletableFuture<CapsuleRecord>> begin(Asked asked, CapsuleRecord row, Optional<IdempotencyRecord> name) throws PlatformException {
    CompletableFuture<CapsuleRecord> work = making.announce(row.id());
    boolean begun = false;
    try {
      Ledger.Insertion done = ledger.insert(row, name, held -> Limits.refusal(asked.spec(), held, asked.most()).isEmpty());
      if (done.stored().isPresent()) {
        making.begin(done.stored().get(), asked.image(), asked.beside());
        begun = true;
        return Optional.of(work);
      }
      // Who has taken the name may have taken the last room with it.
      if (done.taken() || name.isPresent() && find(asked, name.get().name()).isPresent()) {
        return Optional.empty();
      }
      throw new PlatformException(Code.QUOTA_EXCEEDED, done.held().flatMap(held -> Limits.refusal(asked.spec(), held, asked.most())).orElseThrow());
    } finally {
      if (!begun) {
        making.callOff(row.id());
      }
    }
  }

  private void needTemplate(Asked asked) throws PlatformException {
    if (asked.saved().isPresent()) {
      return;
    }
    String template = asked.spec().template();
    List<HostStatus> known = hosts.statuses();
    List<String> images = known.stream().flatMap(h -> h.images().stream()).filter(i -> i.memory().isEmpty()).map(HostStatus.Image::name).toList();
    if (known.stream().anyMatch(h -> !h.images().isEmpty()) && !images.contains(template)) {
      Stream<String> saved = ledger.call(s -> s.templates().ofTeam(asked.team())).stream().map(TemplateRecord::name);
      throw new PlatformException(Code.NOT_FOUND, "Template '" + template + "' was not found; there are: "
          + String.join(", ", Stream.concat(images.stream(), saved).distinct().sorted().toList()) + ".");
    }
  }
}
