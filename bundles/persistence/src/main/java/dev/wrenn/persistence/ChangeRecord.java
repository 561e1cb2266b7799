package dev.wrenn.persistence;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A capsule came into a state. @param version of the capsule then @param steps what the way into the state took, where that was measured */
public record ChangeRecord(
    UUID capsule, long version, Instant at, CapsuleStatus status, Optional<Capsule.Reason> reason, List<Capsule.Step> steps) {
  public ChangeRecord {
    steps = List.copyOf(steps);
  }
}
