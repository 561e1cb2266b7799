package dev.wrenn.rest.internal;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.wrenn.platform.ApiKeyService.ApiKey;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.process.ProcessInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answers of the API, field by field; what is null is left out of the JSON. */
final class Views {
  private Views() {}

  record Session(String token, String userId, String teamId, String email, String name) {}

  record Key(
      String id, String teamId, String name, String keyPrefix, String createdBy, String creatorEmail, String createdAt, String lastUsed,
      String key) {
    static Key of(ApiKey key, String secret) {
      return new Key(key.id(), key.teamId(), key.name(), key.prefix(), key.createdBy(), key.creatorEmail().orElse(null),
          Wire.time(key.createdAt()), Wire.time(key.lastUsed()), secret);
    }
  }

  record CapsuleView(
      String id, String status, String template, int vcpus, int memoryMb, int timeoutSec, int diskMb, String hostIp, String createdAt,
      String startedAt, String lastActiveAt, String lastUpdated, Map<String, String> metadata, Map<String, String> labels, boolean egress,
      boolean publicPorts, String onEnd, String onIdle, boolean wake, String endAt, Reason reason, List<Step> steps) {
    static CapsuleView of(Capsule capsule) {
      return new CapsuleView(capsule.id(), capsule.status().wire(), capsule.template(), capsule.vcpus(), capsule.memoryMb(),
          capsule.timeoutSec(), capsule.diskMb(), capsule.hostIp().filter(ip -> !ip.isEmpty()).orElse(null),
          Wire.time(capsule.createdAt()), Wire.time(capsule.startedAt()), Wire.time(capsule.lastActiveAt()),
          Wire.time(capsule.lastUpdated()), capsule.metadata().isEmpty() ? null : capsule.metadata(),
          capsule.options().labels().isEmpty() ? null : capsule.options().labels(), capsule.options().egress(),
          capsule.options().publicPorts(), capsule.options().onEnd().wire(), capsule.options().onIdle().wire(), capsule.options().wake(),
          Wire.time(capsule.endAt()), Reason.of(capsule.reason()), Step.of(capsule.steps()));
    }
  }

  record Change(String at, String status, Reason reason, List<Step> steps) {
    static Change of(CapsuleService.StateChange change) {
      return new Change(Wire.time(change.at()), change.status().wire(), Reason.of(change.reason()), Step.of(change.steps()));
    }
  }

  record Reason(String step, String message) {
    static Reason of(Optional<Capsule.Reason> reason) {
      return reason.map(why -> new Reason(why.step(), why.message())).orElse(null);
    }
  }

  record Step(String name, double ms) {
    static List<Step> of(List<Capsule.Step> steps) {
      return steps.stream().map(step -> new Step(step.name(), Math.round(step.millis() * 1000) / 1000.0)).toList();
    }
  }

  record ExecResult(
      String sandboxId, String cmd, String stdout, String stderr, int exitCode, long durationMs, String encoding, Boolean timedOut,
      Boolean truncated) {}

  record Background(String sandboxId, String cmd, long pid, String tag) {}

  record ProcessList(List<ProcessView> processes) {}

  record ProcessView(long pid, String tag, String cmd, List<String> args) {
    static ProcessView of(ProcessInfo process) {
      return new ProcessView(process.pid(), process.tag().orElse(null), process.command(),
          process.args().isEmpty() ? null : process.args());
    }
  }

  record TemplateView(String name, String type, Integer vcpus, Integer memoryMb, long sizeBytes, String createdAt, boolean platform, Map<String, String> metadata) {
    static TemplateView of(CapsuleService.Template template) {
      return new TemplateView(template.name(), template.type(), positive(template.vcpus()), positive(template.memoryMb()),
          template.sizeBytes(), Wire.time(template.createdAt()), template.platform(),
          template.metadata().isEmpty() ? null : template.metadata());
    }

    private static Integer positive(Optional<Integer> number) {
      return number.filter(n -> n > 0).orElse(null);
    }
  }

  record Copies(List<Copy> copies) {}

  record Problem(String code, String message) {}

  /** One of the two. */
  record Copy(CapsuleView capsule, Problem error) {
    static Copy of(CapsuleService.Copy copy) {
      return new Copy(copy.capsule().map(CapsuleView::of).orElse(null), copy.failure().map(e -> new Problem(e.code().wire(), e.getMessage())).orElse(null));
    }
  }

  record HostView(
      String id, String type, String status, boolean accepting, List<String> problems, int cpuCores, int cpuUsed, int memoryMb,
      int memoryUsedMb, long diskGb, long diskUsedMb, int capsules, Map<String, String> facts, String createdAt) {
    static HostView of(HostService.Host host) {
      return new HostView(host.id(), "regular", "online", host.accepting(), host.problems(), host.cpuTotal(), host.cpuUsed(),
          host.memoryTotalMib(), host.memoryUsedMib(), host.diskTotalMib() / 1024, host.diskUsedMib(), host.capsules(), host.facts(),
          Wire.time(host.since()));
    }
  }

  record DriverView(
      String host, String kind, String name, String version, boolean preferred, Boolean usable, String summary, Map<String, String> facts,
      int capsules) {
    static DriverView of(HostService.DriverInfo driver) {
      return new DriverView(driver.host(), driver.kind(), driver.name(), driver.version(), driver.preferred(), driver.usable().orElse(null),
          driver.summary(), driver.facts(), driver.capsules());
    }
  }

  record PortView(int port, @JsonProperty("public") boolean open, String url, String token) {}

  record PortList(List<PortView> ports) {}

  record TeamLimits(int vcpus, int memoryMb, int diskMb, int timeoutSec, int running, int totalVcpus, long totalMemoryMb) {
    static TeamLimits of(LimitsService.TeamLimits limits) {
      return new TeamLimits(limits.vcpus(), limits.memoryMb(), limits.diskMb(), limits.timeoutSec(), limits.running(), limits.totalVcpus(),
          limits.totalMemoryMb());
    }
  }

  record Health(String status, String version, List<String> missing) {}
}
