package dev.wrenn.persistence;

import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** What teams have in use, now and before. Times are seconds since 1970. */
@ProviderType
public interface TeamUse {
  /**
   * Notes what teams have in use at one moment, once for all processes on the same database: as a sample, in the greatest of its hour, and in
   * the sums of its day for the time since the sample before.
   *
   * @param at a later moment than that of any other sample
   * @param idle teams that get a sample of zero when they have nothing
   * @param mostSeconds that a sample may stand for, when the one before is longer ago
   * @return false when somebody has taken that sample or a later one; nothing was done then
   */
  boolean sample(long at, Set<UUID> idle, long mostSeconds);

  /** What it has now. */
  Use now(UUID team);

  /** The greatest of each bucket that has samples, oldest first. @param width of a bucket in seconds; buckets begin at its multiples */
  List<Bucket> buckets(UUID team, long since, int width);

  /** The same, from the greatest of each hour; the width should be whole hours. */
  List<Bucket> hours(UUID team, long since, int width);

  /** The greatest since then, to the hour. */
  Use peaks(UUID team, long since);

  /** Days with use, both included, in order. */
  List<Day> days(UUID team, LocalDate from, LocalDate to);

  /** Forgets samples, and the greatest of hours, that are older. @return how many */
  int purge(long samplesBefore, long hoursBefore);

  /** @param memoryMb of running ones, and half of each paused one, rounded up */
  record Use(int running, int vcpus, long memoryMb) {
    public static final Use NOTHING = new Use(0, 0, 0);
  }

  record Bucket(long at, Use greatest) {}

  record Day(LocalDate day, long cpuSeconds, long memoryMbSeconds) {}
}
