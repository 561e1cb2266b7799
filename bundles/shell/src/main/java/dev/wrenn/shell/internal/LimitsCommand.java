package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "team", name = "limits",
    description = "Shows how much a team may ask for, or sets it. For example: team:limits --running 20 --total-memory 16384")
public final class LimitsCommand extends OperatorCommand {
  @Reference(optional = true)
  LimitsService service;

  @Option(name = "--vcpus", description = "Processors of one capsule, at most")
  Integer vcpus;

  @Option(name = "--memory", description = "Memory of one capsule in MB, at most")
  Integer memoryMb;

  @Option(name = "--disk", description = "Disk of one capsule in MB, at most")
  Integer diskMb;

  @Option(name = "--timeout", description = "Idle limit in seconds that may be asked for, at most")
  Integer timeoutSec;

  @Option(name = "--running", description = "Capsules at once")
  Integer running;

  @Option(name = "--total-vcpus", description = "Processors of all running capsules")
  Integer totalVcpus;

  @Option(name = "--total-memory", description = "Memory of all running capsules in MB")
  Long totalMemoryMb;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Argument(name = "team", description = "Id of the team; without it the operator's")
  String team;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    LimitsService limits = needed(service);
    String whose = team == null ? operator.teamId() : team;
    TeamLimits now = limits.limits(operator, whose);
    boolean change = Stream.of(vcpus, memoryMb, diskMb, timeoutSec, running, totalVcpus, totalMemoryMb).anyMatch(Objects::nonNull);
    show(whose, change ? limits.set(operator, whose, changed(now)) : now);
  }

  private TeamLimits changed(TeamLimits now) {
    return new TeamLimits(or(vcpus, now.vcpus()), or(memoryMb, now.memoryMb()), or(diskMb, now.diskMb()), or(timeoutSec, now.timeoutSec()),
        or(running, now.running()), or(totalVcpus, now.totalVcpus()), or(totalMemoryMb, now.totalMemoryMb()));
  }

  private static <T> T or(T said, T now) {
    return said == null ? now : said;
  }

  private void show(String whose, TeamLimits limits) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("team", whose);
    fields.put("vcpus", limits.vcpus());
    fields.put("memory MB", limits.memoryMb());
    fields.put("disk MB", limits.diskMb());
    fields.put("timeout sec", limits.timeoutSec());
    fields.put("running", limits.running());
    fields.put("total vcpus", limits.totalVcpus());
    fields.put("total memory MB", limits.totalMemoryMb());
    new Facts().addAll(fields).print(System.out, json);
  }
}
