package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PortService.Tokens;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sandboxes as clients see them. Thread-safe. */
final class Views {
  static final String RUNNING = "running";
  static final String PAUSED = "paused";
  /** The protocol of our agents goes this far, whatever an older one calls itself. */
  private static final String LEAST_ENVD = "0.6.4";

  private final Templates templates;
  private final String domain;

  Views(Templates templates, String domain) {
    this.templates = templates;
    this.domain = domain.isBlank() ? null : domain.strip();
  }

  record Sandbox(
      String sandboxID, String templateID, String clientID, String alias, String envdVersion, String envdAccessToken, String trafficAccessToken,
      String domain) {}

  record Listed(
      String sandboxID, String templateID, String clientID, String alias, String startedAt, String endAt, String state, int cpuCount,
      int memoryMB, int diskSizeMB, String envdVersion, Map<String, String> metadata, List<Object> volumeMounts) {}

  record Lifecycle(String onTimeout, boolean autoResume) {
    static Lifecycle of(CapsuleOptions options) {
      return new Lifecycle(options.onEnd() == CapsuleOptions.Then.PAUSE ? "pause" : "kill", options.wake());
    }
  }

  record Network(boolean allowPublicTraffic) {}

  record Detail(
      String sandboxID, String templateID, String clientID, String alias, String startedAt, String endAt, String state, int cpuCount,
      int memoryMB, int diskSizeMB, String envdVersion, String envdAccessToken, @JsonInclude(JsonInclude.Include.NON_NULL) String domain,
      Map<String, String> metadata, boolean allowInternetAccess, Network network, Lifecycle lifecycle, List<Object> volumeMounts) {}

  Sandbox sandbox(Capsule capsule, Optional<Tokens> tokens) {
    return new Sandbox(SandboxId.shown(capsule.id()), capsule.template(), SandboxId.CLIENT, templates.alias(capsule.template()), envd(capsule),
        access(capsule, tokens), tokens.filter(t -> !capsule.options().publicPorts()).map(Tokens::port).orElse(null), domain);
  }

  Listed listed(Capsule capsule) {
    return new Listed(SandboxId.shown(capsule.id()), capsule.template(), SandboxId.CLIENT, templates.alias(capsule.template()),
        Json.time(started(capsule)), Json.time(end(capsule)), state(capsule), capsule.vcpus(), capsule.memoryMb(), capsule.diskMb(),
        envd(capsule), capsule.options().labels(), List.of());
  }

  Detail detail(Capsule capsule, Optional<Tokens> tokens) {
    Listed listed = listed(capsule);
    return new Detail(listed.sandboxID(), listed.templateID(), listed.clientID(), listed.alias(), listed.startedAt(), listed.endAt(),
        listed.state(), listed.cpuCount(), listed.memoryMB(), listed.diskSizeMB(), listed.envdVersion(), access(capsule, tokens), domain,
        listed.metadata(), capsule.options().egress(), new Network(capsule.options().publicPorts()), Lifecycle.of(capsule.options()),
        listed.volumeMounts());
  }

  /** Whether clients are told of it at all: to them one that is being made or ended does not exist. */
  static boolean shown(Capsule capsule) {
    return switch (capsule.status()) {
      case RUNNING, MISSING, PAUSING, PAUSED, RESUMING -> true;
      case PENDING, STARTING, STOPPING, STOPPED, ERROR -> false;
    };
  }

  static String state(Capsule capsule) {
    return capsule.status() == CapsuleStatus.PAUSED || capsule.status() == CapsuleStatus.PAUSING ? PAUSED : RUNNING;
  }

  static Instant started(Capsule capsule) {
    return capsule.startedAt().orElse(capsule.createdAt());
  }

  private static Instant end(Capsule capsule) {
    return Terms.shown(started(capsule), capsule.endAt());
  }

  private static String access(Capsule capsule, Optional<Tokens> tokens) {
    return tokens.filter(t -> capsule.options().secured()).map(Tokens::access).orElse(null);
  }

  static String envd(Capsule capsule) {
    String said = capsule.metadata().getOrDefault("envd_version", LEAST_ENVD);
    return said.matches("\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}") && java.util.Arrays.compare(numbers(said), numbers(LEAST_ENVD)) >= 0 ? said : LEAST_ENVD;
  }

  private static int[] numbers(String version) {
    return java.util.Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
  }
}
