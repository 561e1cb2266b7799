package dev.wrenn.hostagent.internal.drivers;

import dev.wrenn.spi.Driver;
import dev.wrenn.spi.Probe;
import java.util.Comparator;
import java.util.Optional;

/**
 * A driver that is here now.
 *
 * @param arrival counts the drivers that came; of two with the same name and ranking the later one is newer
 * @param probe what its last probe found; empty before the first
 */
public record DriverEntry<D extends Driver>(Kind<D, ?> kind, D driver, String name, int ranking, long arrival, Optional<Probe> probe) {
  /** Best first: usable, then unknown, then unusable; then by ranking; the one that came first wins a tie. */
  public static final Comparator<DriverEntry<?>> BY_PREFERENCE = Comparator.<DriverEntry<?>>comparingInt(DriverEntry::usability)
      .thenComparing(Comparator.<DriverEntry<?>>comparingInt(DriverEntry::ranking).reversed())
      .thenComparingLong(DriverEntry::arrival);

  public boolean usable() {
    return probe.isPresent() && probe.get().usable();
  }

  public DriverEntry<D> probed(Probe found) {
    return new DriverEntry<>(kind, driver, name, ranking, arrival, Optional.of(found));
  }

  public String summary() {
    return probe.map(Probe::summary).orElse("not probed yet");
  }

  private int usability() {
    return probe.isEmpty() ? 1 : usable() ? 0 : 2;
  }
}
