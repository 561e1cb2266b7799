package dev.wrenn.platform;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Hosts and the drivers on them, for platform admins. Thread-safe. */
@ProviderType
public interface HostService {
  /** @throws PlatformException {@code FORBIDDEN} */
  List<Host> hosts(Caller caller) throws PlatformException;

  /** @throws PlatformException {@code FORBIDDEN} */
  List<DriverInfo> drivers(Caller caller) throws PlatformException;

  /** Has a driver find out anew what it can do there; may take half a minute. @throws PlatformException {@code FORBIDDEN}, {@code NOT_FOUND} */
  DriverInfo probe(Caller caller, String host, String kind, String name) throws PlatformException;

  /**
   * Memory and disk in MiB.
   *
   * @param problems why it takes no new capsules, or what limits it
   */
  record Host(
      String id, boolean accepting, List<String> problems, int cpuTotal, int cpuUsed, int memoryTotalMib, int memoryUsedMib,
      long diskTotalMib, long diskUsedMib, int capsules, Instant since, Map<String, String> facts) {}

  /**
   * @param kind {@code hypervisor}, {@code storage}, {@code network}
   * @param usable what the last probe said; empty before the first
   */
  record DriverInfo(
      String host, String kind, String name, String version, boolean preferred, Optional<Boolean> usable, String summary,
      Map<String, String> facts, int capsules) {}
}
