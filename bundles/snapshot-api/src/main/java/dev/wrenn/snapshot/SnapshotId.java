package dev.wrenn.snapshot;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which snapshot: what it is for, of whom, and which one in a row.
 *
 * @param owner id of the capsule that was paused, or name of the template or of what was booted: letters, digits and hyphens, at most 64
 * @param generation counts the snapshots of this owner, from 1; a newer one replaces the older ones
 */
public record SnapshotId(Kind kind, String owner, long generation) {
  private static final Pattern OWNER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9-]{0,63}");

  /** What a snapshot is for. */
  public enum Kind {
    /** One capsule goes on from it. */
    PAUSE,
    /** Any number of capsules start from it. */
    TEMPLATE,
    /** The host's own: a guest that has just booted, from which ordinary capsules start sooner than by a boot. It can be made again at any time. */
    WARM;

    /** As it stands in paths and texts. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public SnapshotId {
    checkOwner(owner);
    if (kind == null || generation < 1) {
      throw new IllegalArgumentException("Snapshot of " + owner + " needs a kind and a generation from 1: " + kind + ", " + generation);
    }
  }

  /** Whether that can be somebody's name. */
  public static boolean canOwn(String owner) {
    return OWNER.matcher(owner).matches();
  }

  /** @throws IllegalArgumentException when that can be nobody's name */
  public static void checkOwner(String owner) {
    if (!canOwn(owner)) {
      throw new IllegalArgumentException("'" + owner + "' is not of letters, digits and hyphens, at most 64");
    }
  }

  @Override
  public String toString() {
    return kind.word() + " " + owner + "." + generation;
  }
}
