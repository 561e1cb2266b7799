package dev.wrenn.platform;

import org.osgi.annotation.versioning.ProviderType;

/** How much a team may ask for. Thread-safe. */
@ProviderType
public interface LimitsService {
  /** What binds a team; {@link MetricsService#team} says what it uses of it. @throws PlatformException {@code FORBIDDEN} for another team unless admin, {@code NOT_FOUND} */
  TeamLimits limits(Caller caller, String team) throws PlatformException;

  /** For platform admins. @throws PlatformException {@code FORBIDDEN}, {@code NOT_FOUND}, {@code INVALID_REQUEST} */
  TeamLimits set(Caller caller, String team, TeamLimits limits) throws PlatformException;

  /**
   * @param vcpus of one capsule, at most
   * @param memoryMb of one capsule, at most
   * @param diskMb of one capsule, at most
   * @param timeoutSec that may be asked for, at most; none at all may be asked for, too
   * @param running capsules at once that are being made or run
   * @param totalVcpus of all of those
   * @param totalMemoryMb of all of those
   */
  record TeamLimits(int vcpus, int memoryMb, int diskMb, int timeoutSec, int running, int totalVcpus, long totalMemoryMb) {}
}
