package dev.wrenn.host;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A host's capacity and health, at one moment. Memory and disk in MiB.
 *
 * @param accepting whether it takes new capsules now
 * @param problems why not, or what limits it; each says what to do
 * @param images names of the images that it can start from
 * @param facts arch, kernel, versions
 */
public record HostStatus(
    String id,
    Instant since,
    boolean accepting,
    List<String> problems,
    int cpuTotal,
    int cpuUsed,
    int memoryTotalMib,
    int memoryUsedMib,
    long diskTotalMib,
    long diskUsedMib,
    int capsules,
    List<Image> images,
    Map<String, String> facts) {

  /**
   * An image on the host.
   *
   * @param id content hash
   * @param memory of a saved microVM that belongs to it, and its size: capsules of it go on where that stood
   */
  public record Image(String name, String id, long sizeBytes, long usedBytes, Instant createdAt, Optional<Machine> memory) {
    public Image(String name, String id, long sizeBytes, long usedBytes, Instant createdAt) {
      this(name, id, sizeBytes, usedBytes, createdAt, Optional.empty());
    }
  }

  /** @param diskMib of the smallest disk */
  public record Machine(int vcpus, int memoryMib, int diskMib) {}
}
