package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.SnapshotException;
import java.util.List;
import java.util.Optional;

/**
 * Reads and checks what will be needed first while the hypervisor is only starting: a block at a time, so that nobody who comes meanwhile waits
 * for more than one.
 */
final class ReadAhead {
  private final Source source;
  private final List<HotSet.Range> ranges;
  private int range;
  private long at;

  ReadAhead(Source source, Optional<HotSet> first) {
    this.source = source;
    this.ranges = first.map(HotSet::ranges).orElse(List.of());
  }

  /** Tells the disk of all of it. */
  void begin() {
    ranges.forEach(wanted -> source.ahead(wanted.offset(), wanted.length()));
  }

  /** @return whether there was something to do */
  boolean step() throws Lost {
    if (range == ranges.size()) {
      return false;
    }
    HotSet.Range now = ranges.get(range);
    long end = now.offset() + now.length();
    try {
      at = source.prepare(Math.max(at, now.offset()), end);
    } catch (SnapshotException e) {
      throw new Lost(e.getMessage(), e);
    }
    if (at == end) {
      range++;
      at = 0;
    }
    return true;
  }
}
