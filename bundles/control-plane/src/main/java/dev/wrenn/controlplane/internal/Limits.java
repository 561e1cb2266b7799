package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord.Spec;
import dev.wrenn.persistence.Capsules.Held;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** What may be asked for: one capsule by itself, and all of a team together. */
final class Limits {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}");
  private static final String TEMPLATE = "minimal";
  private static final int VCPUS = 1;
  private static final int MEMORY_MB = 512;
  private static final Duration LIFETIME_MAX = Duration.ofDays(3650);
  private static final String WHAT_TO_DO = "End some capsules, or ask a platform admin for a higher limit.";
  private final ControlPlaneConfig config;
  private final Ledger ledger;

  Limits(ControlPlaneConfig config, Ledger ledger) {
    this.config = config;
    this.ledger = ledger;
  }

  /** What was set for the team, or the platform's own. */
  TeamLimits of(UUID team) throws PlatformException {
    return ledger.read(ledger.limits(), team, s -> s.limits().find(team)).map(row -> new TeamLimits(row.vcpus(), row.memoryMb(), row.diskMb(), row.timeoutSec(), row.running(),
        row.totalVcpus(), row.totalMemoryMb())).orElseGet(() -> new TeamLimits(config.vcpus_max(), config.memory_max_mb(), config.disk_max_mb(),
        config.timeout_max_seconds(), config.team_capsules_max(), config.team_vcpus_max(), config.team_memory_max_mb()));
  }

  int leastMemoryMb() {
    return config.memory_min_mb();
  }

  static String template(NewCapsule request) {
    return request.template().orElse(TEMPLATE);
  }

  Spec check(NewCapsule request, TeamLimits most) throws PlatformException {
    String template = template(request);
    if (!NAME.matcher(template).matches()) {
      throw invalid("template must be 1 to 64 letters, digits, dots, underscores or hyphens, and begin with a letter or digit");
    }
    int vcpus = request.vcpus().filter(v -> v > 0).orElse(VCPUS);
    between("vcpus", vcpus, 1, most.vcpus());
    int memory = request.memoryMb().filter(m -> m > 0).orElse(MEMORY_MB);
    between("memory_mb", memory, config.memory_min_mb(), most.memoryMb());
    int disk = request.diskMb().filter(d -> d > 0).orElse(Math.min(config.disk_default_mb(), most.diskMb()));
    between("disk_mb", disk, 1, most.diskMb());
    int timeout = Math.max(0, request.timeoutSec().orElse(0));
    between("timeout_sec", timeout, 0, most.timeoutSec());
    if (request.lifetime().filter(l -> !l.isPositive() || l.compareTo(LIFETIME_MAX) > 0).isPresent()) {
      throw invalid("lifetime must be longer than nothing and at most " + LIFETIME_MAX.toDays() + " days");
    }
    OptionBounds.check(request.options());
    return new Spec(template, vcpus, memory, disk, timeout, request.options(), request.lifetime().map(l -> Duration.ofSeconds(Math.ceilDiv(l.toMillis(), 1000))));
  }

  /** @return what is in the way of one more capsule, in words for its team */
  static Optional<String> refusal(Spec spec, Held held, TeamLimits most) {
    if (held.capsules() + 1L > most.running()) {
      return Optional.of("This team may have " + most.running() + " capsules at once and has " + held.capsules() + ". " + WHAT_TO_DO);
    }
    if (held.vcpus() + spec.vcpus() > most.totalVcpus()) {
      return Optional.of("This team may have " + most.totalVcpus() + " vCPUs in all its capsules and has " + held.vcpus() + "; "
          + spec.vcpus() + " more were asked for. " + WHAT_TO_DO);
    }
    if (held.memoryMb() + spec.memoryMb() > most.totalMemoryMb()) {
      return Optional.of("This team may have " + most.totalMemoryMb() + " MB of memory in all its capsules and has " + held.memoryMb() + "; "
          + spec.memoryMb() + " more were asked for. " + WHAT_TO_DO);
    }
    return Optional.empty();
  }

  private static void between(String field, int value, int min, int max) throws PlatformException {
    if (value < min || value > max) {
      throw invalid(field + " is " + value + ", but must be between " + min + " and " + max);
    }
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message + ".");
  }
}
