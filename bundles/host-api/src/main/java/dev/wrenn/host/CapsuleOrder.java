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
 * @param idleTimeout after which an idle capsule is paused or ended; zero: never
 * @param defaultUser user of processes that name none
 * @param env variables of every process
 * @param egress whether the guest may reach the outside
 * @param endsIdle whether it is ended when it has been idle, and not paused
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
    boolean egress,
    boolean endsIdle) {
  public CapsuleOrder(String id, String team, String image, int vcpus, int memoryMib, int diskMib, Duration idleTimeout, String defaultUser,
      Map<String, String> env, boolean egress) {
    this(id, team, image, vcpus, memoryMib, diskMib, idleTimeout, defaultUser, env, egress, false);
  }

  public CapsuleOrder {
    env = Map.copyOf(env);
  }
}
