package dev.wrenn.rest.internal;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** The bodies that the API takes; every field may be absent. */
public final class Requests {
  private Requests() {}

  record Login(String email, String password) {}

  record NewKey(String name) {}

  record NewCapsule(
      String template, Integer vcpus, Integer memoryMb, Integer timeoutSec, Integer diskMb, Integer lifetimeSec,
      @JsonAlias("metadata") Map<String, String> labels, @JsonAlias("env") Map<String, String> envs, Boolean egress,
      Boolean publicPorts, String onEnd, String onIdle, Boolean wake) {}

  record Exec(
      String cmd, List<String> args, Integer timeoutSec, Boolean background, String tag, @JsonAlias("env") Map<String, String> envs,
      String cwd, String user) {}

  record Fork(Integer count) {}

  record Snapshot(@JsonAlias("capsule_id") String sandboxId, String name) {}

  record Lifetime(Integer lifetimeSec) {}

  public record FilePath(String path) {}

  record FileListing(String path, Long depth) {}

  record FileMove(String source, String destination) {}

  /** @param mode as text in octal, as a number the bits themselves */
  record FileMode(String path, JsonNode mode, Boolean recursive) {}

  record PortChange(@JsonProperty("public") Boolean open) {}

  record LimitsChange(
      Integer vcpus, Integer memoryMb, Integer diskMb, Integer timeoutSec, Integer running, Integer totalVcpus, Long totalMemoryMb) {}
}
