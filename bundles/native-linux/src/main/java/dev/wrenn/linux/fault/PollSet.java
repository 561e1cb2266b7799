package dev.wrenn.linux.fault;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Waits for the first of a few descriptors. For one thread at a time; waiting allocates nothing. */
public final class PollSet {
  /** Something can be read. */
  public static final int READABLE = 1;
  /** The other side has gone, wholly or its sending half. */
  public static final int GONE = 0x10 | 0x8 | 0x20 | 0x2000;
  private static final int HALF_GONE = 0x2000;
  private static final int BYTES = 8;

  private final MemorySegment state = Native.state();
  private final MemorySegment entries;
  private final int count;

  /** Watches all for {@link #READABLE} and {@link #GONE}. */
  public PollSet(Descriptor... watched) {
    count = watched.length;
    entries = Arena.ofAuto().allocate((long) count * BYTES, 8);
    for (int i = 0; i < count; i++) {
      entries.set(ValueLayout.JAVA_INT, (long) i * BYTES, watched[i].number());
      watch(i, READABLE | HALF_GONE);
    }
  }

  /** Only {@link #GONE} is told of that one from now on. */
  public void onlyGone(int index) {
    watch(index, HALF_GONE);
  }

  private void watch(int index, int events) {
    entries.set(ValueLayout.JAVA_SHORT, (long) index * BYTES + 4, (short) events);
  }

  /** @param millis longest wait; −1 waits for ever. @return whether there is anything */
  public boolean await(int millis) {
    try {
      // A signal ends the wait early, which is allowed.
      return (int) Native.POLL.invokeExact(state, entries, (long) count, millis) > 0 || clear();
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  private boolean clear() {
    for (int i = 0; i < count; i++) {
      entries.set(ValueLayout.JAVA_SHORT, (long) i * BYTES + 6, (short) 0);
    }
    return false;
  }

  /** What the last wait found of that one. */
  public boolean is(int index, int what) {
    return (entries.get(ValueLayout.JAVA_SHORT, (long) index * BYTES + 6) & what) != 0;
  }
}
