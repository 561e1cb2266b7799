package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.HotSet;
import java.util.Optional;

/** What to deliver next that nobody has asked for: the hot pages in their order, then the rest from the beginning to the end. Allocates nothing. */
final class Prefetch {
  private final int[] starts;
  private final int[] ends;
  private int range;
  private int rest;
  /** Pages of all ranges before the one that is on. */
  private long past;

  Prefetch(Optional<HotSet> first) {
    starts = first.stream().flatMap(hot -> hot.ranges().stream()).mapToInt(range -> (int) (range.offset() >> Regions.SHIFT)).toArray();
    ends = first.stream().flatMap(hot -> hot.ranges().stream()).mapToInt(range -> (int) (range.offset() + range.length() >> Regions.SHIFT)).toArray();
  }

  boolean hot() {
    return range < starts.length;
  }

  /** The next hot page that is open; −1 when there is none any more. */
  int nextHot(PageStates states) {
    for (; range < starts.length; range++) {
      int page = states.nextOpen(starts[range], ends[range]);
      if (page < ends[range]) {
        return page;
      }
      past += ends[range] - starts[range];
    }
    return -1;
  }

  /** The end of the hot range that is on. */
  int hotEnd() {
    return ends[range];
  }

  /** Bytes of the hot ranges before that page of the one that is on. */
  long hotBytesBefore(int page) {
    return past + page - starts[range] << Regions.SHIFT;
  }

  /** The next page of all that is open; −1 when there is none any more. */
  int next(PageStates states) {
    rest = states.nextOpen(rest, states.pages());
    return rest < states.pages() ? rest : -1;
  }
}
