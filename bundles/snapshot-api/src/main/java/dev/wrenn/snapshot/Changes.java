package dev.wrenn.snapshot;

import java.util.Arrays;

/**
 * What one generation changed: runs of pages in ascending order, each either zero now or stored in the generation's new layer. What is
 * not named is as it was. Grows as a capture goes on; for one thread.
 */
public final class Changes {
  private static final int ZERO = PageMap.ZERO;
  private int[] starts = new int[64];
  private int[] lengths = new int[64];
  private int[] stored = new int[64];
  private int runs;
  private long end;

  /** Pages from {@code start} on hold zeros. */
  public void zero(int start, int pages) {
    add(start, pages, ZERO);
  }

  /** Pages from {@code start} on lie in the new layer from its page {@code at} on. */
  public void stored(int start, int pages, int at) {
    if (at < 0) {
      throw new IllegalArgumentException("page " + at + " of a layer");
    }
    add(start, pages, at);
  }

  private void add(int start, int pages, int at) {
    if (pages < 1 || start < end || start > Integer.MAX_VALUE - pages) {
      throw new IllegalArgumentException(pages + " pages from page " + start + " on after page " + end);
    }
    end = (long) start + pages;
    if (runs > 0 && joins(runs - 1, start, at)) {
      lengths[runs - 1] += pages;
      return;
    }
    if (runs == starts.length) {
      starts = Arrays.copyOf(starts, 2 * runs);
      lengths = Arrays.copyOf(lengths, 2 * runs);
      stored = Arrays.copyOf(stored, 2 * runs);
    }
    starts[runs] = start;
    lengths[runs] = pages;
    stored[runs++] = at;
  }

  private boolean joins(int run, int start, int at) {
    return starts[run] + lengths[run] == start && (stored[run] == ZERO ? at == ZERO : at == stored[run] + lengths[run]);
  }

  /** First page after the last one that was named. */
  public long endPage() {
    return end;
  }

  int runs() {
    return runs;
  }

  int start(int run) {
    return starts[run];
  }

  int pages(int run) {
    return lengths[run];
  }

  /** First page in the new layer, or {@link PageMap#ZERO}. */
  int at(int run) {
    return stored[run];
  }
}
