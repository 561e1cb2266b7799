package dev.wrenn.platform;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A capsule as its team sees it, at one moment.
 *
 * @param version grows with each change of this capsule
 * @param timeoutSec idle seconds after which it is paused or ended, as its options say; 0: never
 * @param reason why it is in {@code ERROR}, or why the platform ended it
 * @param steps what its creation took
 * @param options without the variables
 * @param endAt when it is ended or paused, as its options say, whatever it does; of a paused one, when that would have been
 * @param metadata versions: {@code kernel_version}, {@code agent_version}, {@code envd_version}, {@code hypervisor} …
 */
public record Capsule(
    String id,
    String teamId,
    CapsuleStatus status,
    long version,
    String template,
    int vcpus,
    int memoryMb,
    int diskMb,
    int timeoutSec,
    Optional<String> hostId,
    Optional<String> hostIp,
    Instant createdAt,
    Optional<Instant> startedAt,
    Optional<Instant> lastActiveAt,
    Instant lastUpdated,
    Optional<Reason> reason,
    List<Step> steps,
    Map<String, String> metadata,
    CapsuleOptions options,
    Optional<Instant> endAt) {

  /** @param step where it happened: {@code schedule}, {@code disk}, {@code network}, {@code boot}, {@code agent}, {@code running} */
  public record Reason(String step, String message) {}

  /** @param millis wall time; steps may overlap */
  public record Step(String name, double millis) {}
}
