package dev.wrenn.uffd.pager;

import java.util.StringJoiner;

/** What one capsule's delivery has done. Written by its thread; others read figures that may be a moment old. */
final class Counters {
  private static final int STEPS = 20;
  long faults;
  long copied;
  long zeroed;
  long removed;
  long prefetched;
  long raced;
  long deferred;
  long longestNanos;
  private final long[] histogram = new long[STEPS];

  void served(long nanos) {
    faults++;
    longestNanos = Math.max(longestNanos, nanos);
    histogram[Math.min(STEPS - 1, 64 - Long.numberOfLeadingZeros(nanos / 1000))]++;
  }

  Frame into(Frame answer, int open) {
    StringJoiner steps = new StringJoiner(" ");
    for (long step : histogram) {
      steps.add(Long.toString(step));
    }
    return answer.with("faults", faults).with("copied", copied).with("zeroed", zeroed).with("removed", removed).with("prefetched", prefetched)
        .with("missing", open).with("raced", raced).with("deferred", deferred).with("longest", longestNanos / 1000).with("histogram", steps);
  }
}
