package dev.wrenn.snapshot.internal;

import java.util.stream.IntStream;

/** What is done to the snapshots of one owner is done by one at a time. Held for renames and small files only. */
final class OwnerLocks {
  private final Object[] stripes = IntStream.range(0, 64).mapToObj(_ -> new Object()).toArray();

  Object of(String owner) {
    return stripes[Math.floorMod(owner.hashCode(), stripes.length)];
  }
}
