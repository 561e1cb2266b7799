package dev.wrenn.host;

import java.time.Duration;
import java.util.Map;

/**
 * A capsule as the control plane wants it.
 *
 * @param id of the capsule, {@code cl-…}
 * @param team for counting only
 * @param image name of the image that its disk starts from
 * @param diskMib size of its disk; 0: as the image
 * @param idleTimeout after which an idle capsule is ended; zero: never
 * @param defaultUser user of processes that name none
 * @param env variables of every process
 * @param egress whether the guest may reach the outside
 */
public record CapsuleOrder(
    String id,
    String team,
    String image,
    int vcpus,
    int memoryMib,
    int diskMib,
    Duration idleTimeout,
    String defaultUser,
    Map<String, String> env,
    boolean egress) {
  public CapsuleOrder {
    env = Map.copyOf(env);
  }
}
