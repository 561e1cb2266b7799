package dev.wrenn.platform;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
 * @param onEnd what becomes of it when its end has come
 * @param onIdle what becomes of it when it has been idle for its timeout. One that can't be saved is ended in either case
 * @param wake whether the next use of it while it is paused resumes it first; otherwise such a use is refused. Looking at it is no use
 */
public record CapsuleOptions(Map<String, String> labels, Map<String, String> env, boolean egress, boolean publicPorts, boolean secured,
    Optional<String> user, Then onEnd, Then onIdle, boolean wake) {
  public static final CapsuleOptions DEFAULT = new CapsuleOptions(Map.of(), Map.of(), true, true, true);

  /** What becomes of a capsule whose time is over. */
  public enum Then {
    END, PAUSE;

    /** The word on the public API. */
    public String wire() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for another word. */
    public static Optional<Then> of(String wire) {
      return Stream.of(values()).filter(then -> then.wire().equals(wire)).findFirst();
    }
  }

  public CapsuleOptions(Map<String, String> labels, Map<String, String> env, boolean egress, boolean publicPorts, boolean secured) {
    this(labels, env, egress, publicPorts, secured, Optional.empty());
  }

  public CapsuleOptions(Map<String, String> labels, Map<String, String> env, boolean egress, boolean publicPorts, boolean secured,
      Optional<String> user) {
    this(labels, env, egress, publicPorts, secured, user, Then.END, Then.PAUSE, false);
  }

  public CapsuleOptions {
    labels = Map.copyOf(labels);
    env = Map.copyOf(env);
  }

  /** The same with other rules for when its time is over. */
  public CapsuleOptions over(Then end, Then idle, boolean wakes) {
    return new CapsuleOptions(labels, env, egress, publicPorts, secured, user, end, idle, wakes);
  }

  /** As it may be kept and shown. */
  public CapsuleOptions withoutEnv() {
    return env.isEmpty() && user.isEmpty() ? this
        : new CapsuleOptions(labels, Map.of(), egress, publicPorts, secured, Optional.empty(), onEnd, onIdle, wake);
  }
}
