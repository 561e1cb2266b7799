package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** The bodies that clients send; every field may be absent or null. */
final class Requests {
  private Requests() {}

  record NewSandbox(
      String templateID, Integer timeout, Map<String, String> metadata, @JsonAlias("env_vars") Map<String, String> envVars, Boolean secure,
      @JsonProperty("allow_internet_access") @JsonAlias("allowInternetAccess") Boolean allowInternetAccess, Boolean autoPause,
      Boolean autoPauseMemory, JsonNode autoResume, Network network, JsonNode volumeMounts, JsonNode mcp, JsonNode iam) {}

  /** Rules for the ways in and out. */
  record Network(
      List<String> allowOut, List<String> denyOut, Boolean allowPublicTraffic, String maskRequestHost, JsonNode httpsPorts, JsonNode rules,
      JsonNode egressProxy, @JsonProperty("allow_internet_access") @JsonAlias("allowInternetAccess") Boolean allowInternetAccess) {}

  record Timeout(Integer timeout) {}

  record Refresh(Integer duration) {}

  record Connect(Integer timeout, Boolean memory) {}

  /** @param memory false: only the disk is kept @param mode the same in newer words */
  record Pause(Boolean memory, String mode) {}

  record Resume(Integer timeout, Boolean memory, Boolean autoPause) {}

  record Fork(Integer count, Integer timeout) {}

  record Snapshot(String name, String mode) {}
}
