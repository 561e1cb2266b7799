package dev.wrenn.spi;

import java.util.regex.Pattern;

/**
 * Who an object is for: a capsule, and which life of it. Every name that a driver gives to an operating-system object is made
 * from this, so that the object can be found again by anyone who knows the capsule.
 *
 * @param capsule id of the capsule: letters, digits and hyphens, at most 64
 * @param generation counts the lives of the capsule on this host, from 1; a restored capsule gets the next one
 */
public record PlanId(String capsule, int generation) {
  private static final Pattern CAPSULE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9-]{0,63}");

  public PlanId {
    if (!CAPSULE.matcher(capsule).matches()) {
      throw new IllegalArgumentException("capsule id '" + capsule + "' is not of letters, digits and hyphens");
    }
    if (generation < 1) {
      throw new IllegalArgumentException("generation " + generation + " of " + capsule + " is below 1");
    }
  }

  /** Safe as a file name, a cgroup name and a process argument. */
  @Override
  public String toString() {
    return capsule + "." + generation;
  }
}
