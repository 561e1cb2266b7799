package dev.wrenn.platform;

import java.util.Map;
import java.util.Optional;

/**
 * What can be said of a capsule beside its size.
 *
 * @param labels the team's own words about it; they can be searched
 * @param env variables of every process in it. They may hold secrets: the platform hands them to the guest and keeps none, so in a
 *     {@link Capsule} they are empty
 * @param egress whether it may reach the outside
 * @param publicPorts whether its ports are open to everybody who knows its id; otherwise they need the capsule's port token
 * @param secured whether clients of its agent need the capsule's access token
 * @param user of what is run and written in it without naming a user; absent: the platform's usual one. As the variables, it is the guest's
 *     to know
 */
public record CapsuleOptions(Map<String, String> labels, Map<String, String> env, boolean egress, boolean publicPorts, boolean secured,
    Optional<String> user) {
  public static final CapsuleOptions DEFAULT = new CapsuleOptions(Map.of(), Map.of(), true, true, true);

  public CapsuleOptions(Map<String, String> labels, Map<String, String> env, boolean egress, boolean publicPorts, boolean secured) {
    this(labels, env, egress, publicPorts, secured, Optional.empty());
  }

  public CapsuleOptions {
    labels = Map.copyOf(labels);
    env = Map.copyOf(env);
  }

  /** As it may be kept and shown. */
  public CapsuleOptions withoutEnv() {
    return env.isEmpty() && user.isEmpty() ? this : new CapsuleOptions(labels, Map.of(), egress, publicPorts, secured);
  }
}
