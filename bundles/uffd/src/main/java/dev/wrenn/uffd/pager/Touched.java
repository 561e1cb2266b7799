package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.HotSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Pages in the order in which they were needed: those that were delivered first on request, then those that were asked for. */
final class Touched {
  private static final int MOST = 1 << 16;
  private int[] starts = new int[256];
  private int[] ends = new int[256];
  private int count;

  Touched(Optional<HotSet> first) {
    first.ifPresent(hot -> hot.ranges().forEach(range -> add((int) (range.offset() >> Regions.SHIFT),
        (int) (range.offset() + range.length() >> Regions.SHIFT))));
  }

  /** Beyond so many ranges nothing more is noted: it is a hint. */
  void add(int from, int to) {
    if (count > 0 && ends[count - 1] == from) {
      ends[count - 1] = to;
      return;
    }
    if (count == MOST) {
      return;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    starts[count] = from;
    ends[count++] = to;
  }

  HotSet hotSet(long memoryBytes) {
    BitSet seen = new BitSet();
    List<HotSet.Range> ranges = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int page = seen.nextClearBit(starts[i]); page < ends[i]; page = seen.nextClearBit(page)) {
        int next = seen.nextSetBit(page);
        int end = next < 0 ? ends[i] : Math.min(ends[i], next);
        ranges.add(new HotSet.Range((long) page << Regions.SHIFT, (long) (end - page) << Regions.SHIFT));
        seen.set(page, end);
      }
    }
    return new HotSet(memoryBytes, ranges);
  }
}
