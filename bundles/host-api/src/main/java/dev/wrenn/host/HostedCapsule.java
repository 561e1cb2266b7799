package dev.wrenn.host;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a host says of a capsule, at one moment.
 *
 * @param order as it was given, without its variables: a host does not keep them
 * @param sequence grows with every change of any capsule on the host; a later picture of the same capsule has a greater one
 * @param address of the guest as this host reaches it; empty before it runs
 * @param failure why it is in {@link State#ERROR}, or why the host ended it by itself
 * @param steps what its creation took, step by step
 * @param facts versions and drivers: {@code kernel_version}, {@code agent_version}, {@code hypervisor}, {@code accelerator}, …
 */
public record HostedCapsule(
    CapsuleOrder order,
    State state,
    long sequence,
    Optional<String> address,
    Instant createdAt,
    Optional<Instant> startedAt,
    Optional<Instant> lastActiveAt,
    Optional<Failure> failure,
    List<Step> steps,
    Map<String, String> facts) {
  public HostedCapsule {
    steps = List.copyOf(steps);
    facts = Map.copyOf(facts);
  }

  public String id() {
    return order.id();
  }

  /** {@code PAUSING} and {@code RESUMING} lead to {@code PAUSED} or {@code RUNNING} by themselves, whatever happens to the host. */
  public enum State { STARTING, RUNNING, PAUSING, PAUSED, RESUMING, STOPPING, STOPPED, ERROR }

  /**
   * @param step where it failed: {@code disk}, {@code network}, {@code boot}, {@code agent}, {@code running} …
   * @param reason for people: what, and what to do
   */
  public record Failure(String step, String reason) {}

  /** @param millis wall time; steps may overlap */
  public record Step(String name, double millis) {}
}
