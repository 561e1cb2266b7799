package dev.wrenn.controlplane.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Turns rows into what callers and hosts see. */
final class Rows {
  private Rows() {}

  static UUID capsule(String id) throws PlatformException {
    return WireId.CAPSULE.parse(id).orElseThrow(() -> new PlatformException(PlatformException.Code.INVALID_REQUEST,
        "'" + (id.length() > 60 ? id.substring(0, 60) + "…" : id) + "' is no capsule id: one is cl- and 25 letters and digits."));
  }

  /** Nothing is, or was, there under that id. */
  static PlatformException notFound(UUID capsule) {
    return new PlatformException(PlatformException.Code.NOT_FOUND, "Capsule " + WireId.CAPSULE.format(capsule) + " was not found.");
  }

  static UUID team(Caller caller) {
    return WireId.TEAM.parse(caller.teamId()).orElseThrow(() -> new IllegalArgumentException("caller with team '" + caller.teamId() + "'"));
  }

  static Capsule show(CapsuleRecord row) {
    CapsuleRecord.Spec spec = row.spec();
    return new Capsule(WireId.CAPSULE.format(row.id()), WireId.TEAM.format(row.team()), row.status(), row.version(), spec.template(), spec.vcpus(),
        spec.memoryMb(), spec.diskMb(), spec.timeoutSec(), row.host(), row.address(), row.createdAt(), row.startedAt(), row.lastActiveAt(),
        row.lastUpdated(), row.reason(), row.steps(), row.metadata(), spec.options(), row.endAt());
  }

  /** @param image name of what it starts from, as its host knows it */
  static CapsuleOrder order(CapsuleRecord row, String image, String defaultUser, Map<String, String> env) {
    CapsuleRecord.Spec spec = row.spec();
    return new CapsuleOrder(WireId.CAPSULE.format(row.id()), WireId.TEAM.format(row.team()), image, spec.vcpus(), spec.memoryMb(),
        spec.diskMb(), Duration.ofSeconds(spec.timeoutSec()), defaultUser,
        Identity.with(WireId.CAPSULE.format(row.id()), spec.template(), env), spec.options().egress(), spec.options().onIdle() == Then.END);
  }

  /** A capsule that was missing is found again, as it was. */
  static CapsuleRecord back(CapsuleRecord row, HostedCapsule hosted) {
    return row.running(hosted.address(), row.startedAt().or(hosted::startedAt), hosted.lastActiveAt().or(row::lastActiveAt), row.steps(),
        hosted.facts());
  }

  static List<Capsule.Step> steps(HostedCapsule hosted) {
    return hosted.steps().stream().map(s -> new Capsule.Step(s.name(), s.millis())).toList();
  }

  static Optional<Capsule.Reason> reason(HostedCapsule hosted) {
    return hosted.failure().map(f -> new Capsule.Reason(f.step(), f.reason()));
  }
}
