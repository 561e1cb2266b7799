package dev.wrenn.hostagent.internal;

import dev.wrenn.hostagent.internal.drivers.Drivers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The host's configuration, read and with its defaults worked out.
 *
 * @param guest directory of kernel, initial file system and images
 * @param shares what may be given away
 * @param limits longest times of steps
 * @param records how long and how many records of ended capsules are kept
 * @param parallelBoots microVMs that start at the same time; the others wait their turn
 * @param adoptions capsules that are taken over at the same time
 * @param idleCheck time between looks at idle capsules
 * @param goDown how long operations in flight may go on when this bundle stops
 */
public record HostSettings(
    Path directory, String hostId, Path guest, int agentPort, Shares shares, Limits limits, Records records, int parallelBoots,
    int adoptions, Duration idleCheck, Duration goDown, Sampling sampling, Drivers.Settings drivers, Warm warm, Memory memory) {

  /**
   * @param overheadMib memory that a capsule takes beyond its guest's, on the books
   * @param headroomMib memory that its processes may take beyond its guest's before the kernel ends them
   * @param headroomCpuPercent processor time beyond its guest's, in percent of one processor
   * @param connections into one capsule at once
   */
  public record Shares(
      int cpuOvercommitPercent, int memoryOvercommitPercent, int diskOvercommitPercent, long memoryReserveMib, long diskReserveMib,
      int capsules, int overheadMib, int headroomMib, int headroomCpuPercent, int pids, int connections) {}

  /** Longest times; {@code undo} and {@code end} are for all of a capsule's parts. */
  public record Limits(
      Duration disk, Duration network, Duration boot, Duration agent, Duration undo, Duration end, Duration adopt, Duration retryFirst,
      Duration retryLast) {
    /** How long to pause before the next try. @param paused before the last one; zero when it was the first */
    public Duration longer(Duration paused) {
      Duration next = paused.isZero() ? retryFirst : paused.multipliedBy(2);
      return next.compareTo(retryLast) > 0 ? retryLast : next;
    }
  }

  /**
   * @param look time between looks at what capsules use
   * @param ask time between questions to each agent
   * @param parallel agents that are asked at the same time
   * @param busyPercent processor time from which on a guest counts as used
   */
  public record Sampling(Duration look, Duration ask, int parallel, int busyPercent) {}

  /**
   * Guests that are kept booted.
   *
   * @param sizes that are kept whatever is asked for
   * @param most how many there may be, with those that are kept because they are asked for often
   * @param patience after which one is made though the machine never comes to rest
   * @param ready how many run already, restored from those, and wait for a capsule
   */
  public record Warm(boolean on, List<Size> sizes, int most, Duration patience, int ready) {
    public static final Warm OFF = new Warm(false, List.of(), 0, Duration.ZERO, 0);

    public Warm {
      sizes = List.copyOf(sizes);
    }
  }

  /** What a guest is booted from, and how large it is. */
  public record Size(String image, int vcpus, int memoryMib) {
    @Override
    public String toString() {
      return image + "/" + vcpus + "/" + memoryMib;
    }
  }

  /**
   * How restored capsules get their memory.
   *
   * @param mode {@code AUTO}, {@code IMAGE}, {@code PAGED}
   * @param hotSet how long after its start what a capsule touches counts as needed first
   */
  public record Memory(String mode, Duration hotSet) {}

  public record Records(Duration keep, int most, Duration activityNote) {}
}
