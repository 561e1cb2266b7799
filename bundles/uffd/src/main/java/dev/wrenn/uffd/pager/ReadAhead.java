package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.SnapshotException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Has what will be needed first read before it is needed: the disk is told of a little more than what is being put in, and while the hypervisor is
 * only starting a block at a time is read and checked, so that nobody who comes meanwhile waits for more than one.
 */
final class ReadAhead {
  /**
   * How far ahead the disk is told. Enough to keep it busy; and whoever else reads meanwhile, first of all the hypervisor that is being started,
   * waits for no more than this.
   */
  static final long WINDOW = 16 << 20;
  private final Stored stored;
  private final List<HotSet.Range> ranges;
  private final Cursor told = new Cursor();
  /** What the disk was told of that may not be read yet, in order. */
  private final Deque<Piece> reading = new ArrayDeque<>();
  private long bytesReading;
  private final Cursor ready = new Cursor();

  /** The memory as it is stored. */
  interface Stored {
    /** Has the kernel begin to read; nothing is waited for. @return the bytes that it was not told of before */
    long ahead(long offset, long length);

    /** Reads and checks what is stored from there on, as far as one block holds it. @return where what is ready now ends; at most the end */
    long prepare(long offset, long end) throws SnapshotException;
  }

  /** @param end bytes of the ranges up to its end; @param read bytes that had to be read for it */
  private record Piece(long end, long read) {}

  /** A place in the ranges. */
  private final class Cursor {
    int range;
    long within;
    /** Of all ranges before it. */
    long bytes;

    boolean atEnd() {
      return range == ranges.size();
    }

    HotSet.Range now() {
      return ranges.get(range);
    }

    void advance(long length) {
      within += length;
      bytes += length;
      if (within == now().length()) {
        range++;
        within = 0;
      }
    }
  }

  ReadAhead(Stored stored, Optional<HotSet> first) {
    this.stored = stored;
    this.ranges = first.map(HotSet::ranges).orElse(List.of());
  }

  /** Tells the disk. @param done bytes of the ranges that need no reading any more */
  void lead(long done) {
    while (!reading.isEmpty() && reading.peek().end() <= done) {
      bytesReading -= reading.poll().read();
    }
    while (!told.atEnd() && bytesReading < WINDOW) {
      long length = Math.min(told.now().length() - told.within, LayerHeader.BLOCK);
      long read = stored.ahead(told.now().offset() + told.within, length);
      told.advance(length);
      reading.add(new Piece(told.bytes, read));
      bytesReading += read;
    }
  }

  /** @return whether there was something to do */
  boolean step() throws Lost {
    if (ready.atEnd()) {
      return false;
    }
    lead(ready.bytes);
    HotSet.Range now = ready.now();
    long at = now.offset() + ready.within;
    try {
      ready.advance(stored.prepare(at, now.offset() + now.length()) - at);
    } catch (SnapshotException e) {
      throw new Lost(e.getMessage(), e);
    }
    return true;
  }
}
