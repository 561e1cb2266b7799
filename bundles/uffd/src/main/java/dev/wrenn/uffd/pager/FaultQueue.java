package dev.wrenn.uffd.pager;

import java.util.Arrays;

/** Addresses of faults that wait for their page, each once, in the order in which they came. Grows to what was needed at most. */
final class FaultQueue {
  private long[] addresses = new long[256];
  private int count;

  void add(long address) {
    long page = address & -4096;
    for (int i = 0; i < count; i++) {
      if (addresses[i] == page) {
        return;
      }
    }
    if (count == addresses.length) {
      addresses = Arrays.copyOf(addresses, 2 * count);
    }
    addresses[count++] = page;
  }

  int count() {
    return count;
  }

  long get(int index) {
    return addresses[index];
  }

  /** Keeps only the first so many, which the caller has put there by {@link #set}. */
  void truncate(int length) {
    count = length;
  }

  void set(int index, long address) {
    addresses[index] = address;
  }
}
