package dev.wrenn.persistence;

import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** Limits that were set for single teams. */
@ProviderType
public interface TeamLimits {
  /** Empty when nothing was set for that team. */
  Optional<Row> find(UUID team);

  /** Takes the place of what was set. */
  void put(UUID team, Row limits);

  record Row(int vcpus, int memoryMb, int diskMb, int timeoutSec, int running, int totalVcpus, long totalMemoryMb) {}
}
