package dev.wrenn.spi;

import java.util.Map;
import java.util.TreeMap;

/**
 * What finds an operating-system object again after every JVM that knew it is gone. It is kept in the host's journal, is readable
 * by people, and holds no secret.
 *
 * @param kind {@code hypervisor}, {@code storage} or {@code network}
 * @param driver name of the driver that made the object
 * @param driverVersion version of that driver's bundle; a newer driver reads an older one's handles
 * @param id whom the object is for
 * @param facts what finds, verifies and ends the object: pid, start time, socket, netns, path …; sorted, never null
 */
public record Handle(String kind, String driver, String driverVersion, PlanId id, Map<String, String> facts) {
  public Handle {
    facts = java.util.Collections.unmodifiableMap(new TreeMap<>(facts));
  }

  /** The fact of that name; a handle without it is {@code GONE}: nothing can be proven by it. */
  public String need(String fact) throws DriverException {
    String value = facts.get(fact);
    if (value == null) {
      throw DriverException.of(DriverException.Code.GONE, "adopt", "The handle of " + id + " has no '" + fact + "'");
    }
    return value;
  }
}
