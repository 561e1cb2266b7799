package dev.wrenn.spi.placement;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Chooses the host of a new capsule. A pure function of what it is given: no I/O, no state, called under the scheduler's lock.
 * A service with the property {@code dev.wrenn.driver.name}; the highest {@code service.ranking} is used.
 */
@ConsumerType
public interface PlacementPolicy {
  String name();

  /** One of {@code candidates}, all of which have room; empty when the policy refuses them all. */
  Optional<Candidate> choose(Request request, List<Candidate> candidates);

  /** What is asked for. Memory and disk in MiB. */
  record Request(String team, int vcpus, int memoryMib, long diskMib) {}

  /**
   * A host that could take it; free amounts are what is left after running capsules and reservations.
   *
   * @param since the longest serving host has the smallest value; breaks ties
   */
  record Candidate(
      String host, int cpuTotal, int cpuFree, int memoryTotalMib, int memoryFreeMib, long diskTotalMib, long diskFreeMib, long since) {}
}
