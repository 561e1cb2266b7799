package dev.wrenn.scheduler.internal;

import dev.wrenn.spi.Driver;
import dev.wrenn.spi.placement.PlacementPolicy;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;

/** The host whose scarcest resource is the least scarce; among equals the one that serves longest. */
@Component(property = {Driver.NAME + "=least-loaded", "service.ranking:Integer=0"})
public final class LeastLoadedPolicy implements PlacementPolicy {
  @Override
  public String name() {
    return "least-loaded";
  }

  @Override
  public Optional<Candidate> choose(Request request, List<Candidate> candidates) {
    return candidates.stream().max(Comparator.comparingDouble(LeastLoadedPolicy::room).thenComparing(Comparator.comparingLong(Candidate::since).reversed()));
  }

  private static double room(Candidate host) {
    return Math.min(share(host.cpuFree(), host.cpuTotal()),
        Math.min(share(host.memoryFreeMib(), host.memoryTotalMib()), share(host.diskFreeMib(), host.diskTotalMib())));
  }

  private static double share(double free, double total) {
    return total <= 0 ? 0 : Math.max(0, free) / total;
  }
}
