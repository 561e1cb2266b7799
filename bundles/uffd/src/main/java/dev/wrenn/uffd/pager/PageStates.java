package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.PageMap;
import java.util.BitSet;

/**
 * What has become of each page. A page that is <em>open</em> is to come from a layer still. One that is settled is present, or was given back by
 * the guest, or was zero from the beginning. For one thread at a time; allocates nothing once it is made.
 */
final class PageStates {
  private final int pages;
  private final long[] settled;
  private final long[] present;
  private final long[] removed;
  private int open;

  PageStates(PageMap map) {
    pages = (int) (map.bytes() >> Regions.SHIFT);
    settled = new long[pages + 63 >> 6];
    present = new long[settled.length];
    removed = new long[settled.length];
    open = pages;
    for (int run = 0; run < map.runs(); run++) {
      if (map.layer(run) == PageMap.ZERO) {
        settle((int) (map.start(run) >> Regions.SHIFT), (int) (map.end(run) >> Regions.SHIFT));
      }
    }
  }

  int pages() {
    return pages;
  }

  /** How many pages are open. */
  int open() {
    return open;
  }

  boolean isOpen(int page) {
    return !has(settled, page);
  }

  /** Settled, but nobody has it: it is zero when it is touched. */
  boolean isZero(int page) {
    return has(settled, page) && !has(present, page);
  }

  /** Pages that nobody will ask for. */
  void settle(int from, int to) {
    for (int page = from; page < to; page = (page & ~63) + 64) {
      long some = mask(page, to);
      open -= Long.bitCount(some & ~settled[page >> 6]);
      settled[page >> 6] |= some;
    }
  }

  void put(int from, int to) {
    settle(from, to);
    for (int page = from; page < to; page = (page & ~63) + 64) {
      long some = mask(page, to);
      present[page >> 6] |= some;
      removed[page >> 6] &= ~some;
    }
  }

  void remove(int from, int to) {
    settle(from, to);
    for (int page = from; page < to; page = (page & ~63) + 64) {
      long some = mask(page, to);
      present[page >> 6] &= ~some;
      removed[page >> 6] |= some;
    }
  }

  /** Bits of the word of {@code page}, from that page on to its end or to {@code to}. */
  private static long mask(int page, int to) {
    long fromThere = -1L << page;
    return to - (page & ~63) >= 64 ? fromThere : fromThere & (1L << to) - 1;
  }

  /** First open page from there on, or {@code to}. */
  int nextOpen(int from, int to) {
    int page = from;
    while (page < to) {
      long word = ~settled[page >> 6] & -1L << page;
      if (word != 0) {
        return Math.min(to, (page & ~63) + Long.numberOfTrailingZeros(word));
      }
      page = (page & ~63) + 64;
    }
    return to;
  }

  byte[] removed() {
    return BitSet.valueOf(removed).toByteArray();
  }

  private static boolean has(long[] bits, int page) {
    return (bits[page >> 6] & 1L << page) != 0;
  }
}
