package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.util.Optional;
import java.util.UUID;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Limits of teams: seen by the team, set by platform admins. */
@Component(service = LimitsService.class, configurationPid = "dev.wrenn.control-plane")
public final class LimitsUseCases implements LimitsService {
  private final Ledger ledger;
  private final Limits limits;

  @Activate
  public LimitsUseCases(ControlPlaneConfig config, @Reference Ledger ledger) {
    this.ledger = ledger;
    this.limits = new Limits(config, ledger);
  }

  @Override
  public TeamLimits limits(Caller caller, String team) throws PlatformException {
    if (!caller.admin() && !caller.teamId().equals(team)) {
      throw new PlatformException(Code.FORBIDDEN, "You see the limits of your own team only; switch to that team, or ask a platform admin.");
    }
    return limits.of(known(team));
  }

  @Override
  public TeamLimits set(Caller caller, String team, TeamLimits most) throws PlatformException {
    if (!caller.admin()) {
      throw new PlatformException(Code.FORBIDDEN, "Only platform admins set limits; ask one.");
    }
    UUID id = known(team);
    atLeast("vcpus", most.vcpus(), 1);
    atLeast("memory_mb", most.memoryMb(), limits.leastMemoryMb());
    atLeast("disk_mb", most.diskMb(), 1);
    atLeast("timeout_sec", most.timeoutSec(), 0);
    atLeast("running", most.running(), 0);
    atLeast("total_vcpus", most.totalVcpus(), 0);
    atLeast("total_memory_mb", most.totalMemoryMb(), 0);
    ledger.limits().begin(id);
    try {
      ledger.call(s -> {
        s.limits().put(id, new dev.wrenn.persistence.TeamLimits.Row(most.vcpus(), most.memoryMb(), most.diskMb(), most.timeoutSec(), most.running(),
            most.totalVcpus(), most.totalMemoryMb()));
        return null;
      });
      return most;
    } finally {
      ledger.limits().end(id);
    }
  }

  private UUID known(String team) throws PlatformException {
    Optional<UUID> id = WireId.TEAM.parse(team);
    if (id.isEmpty() || ledger.call(s -> s.teams().find(id.get())).isEmpty()) {
      throw new PlatformException(Code.NOT_FOUND, "Team '" + (team.length() > 60 ? team.substring(0, 60) + "…" : team) + "' was not found.");
    }
    return id.get();
  }

  private static void atLeast(String field, long value, long least) throws PlatformException {
    if (value < least) {
      throw new PlatformException(Code.INVALID_REQUEST, field + " is " + value + ", but must be at least " + least + ".");
    }
  }
}
