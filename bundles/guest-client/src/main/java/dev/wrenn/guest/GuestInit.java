package dev.wrenn.guest;

import java.util.Map;
import java.util.Optional;

/**
 * How a guest is configured. The clock and fresh entropy are added by the client at each try.
 *
 * @param sequence grows with each configuration of one life; where the agent holds a later one, the client goes on from that
 * @param hostname the guest's name
 * @param machineId 32 hexadecimal digits, different for each life
 * @param userToken secret with which clients of the capsule's user may speak to the agent directly; absent: none may
 * @param defaultUser user of processes that name none
 * @param defaultWorkdir directory of processes that name none; absent: the user's home
 * @param env variables of every process
 * @param added whether they are added to the ones before; else they replace them
 */
public record GuestInit(
    long sequence, String hostname, String machineId, Optional<String> userToken, String defaultUser, Optional<String> defaultWorkdir, Map<String, String> env,
    boolean added) {
  public GuestInit {
    env = Map.copyOf(env);
  }

  /** With variables that replace the ones before. */
  public GuestInit(
      long sequence, String hostname, String machineId, Optional<String> userToken, String defaultUser, Optional<String> defaultWorkdir,
      Map<String, String> env) {
    this(sequence, hostname, machineId, userToken, defaultUser, defaultWorkdir, env, false);
  }
}
