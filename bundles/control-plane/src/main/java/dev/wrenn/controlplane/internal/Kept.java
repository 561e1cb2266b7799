package dev.wrenn.controlplane.internal;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What was read from the store, by id, until it is said that what it was read from has changed. What is read while a change is made is
 * never kept: who reads takes a stamp first, and a change makes all older stamps void. Bounded. Thread-safe.
 */
final class Kept<V> {
  private static final int STAMPS = 1024;
  private final int bound;
  /** Ids share stamps, so that some are dropped without need, and none is kept wrongly. */
  private final AtomicLongArray stamps = new AtomicLongArray(STAMPS);
  private final Map<UUID, Entry<V>> entries = new ConcurrentHashMap<>();

  private record Entry<V>(V value, long stamp) {}

  Kept(int bound) {
    this.bound = bound;
  }

  Optional<V> get(UUID id) {
    Entry<V> entry = entries.get(id);
    return entry != null && entry.stamp == stamp(id) ? Optional.of(entry.value) : Optional.empty();
  }

  /** To be taken before that is read which is to be kept. */
  long stamp(UUID id) {
    return stamps.get(place(id));
  }

  void put(UUID id, V value, long stamp) {
    if (entries.size() >= bound && !entries.containsKey(id)) {
      entries.clear();
    }
    entries.put(id, new Entry<>(value, stamp));
  }

  void changed(UUID id) {
    stamps.incrementAndGet(place(id));
    entries.remove(id);
  }

  void allChanged() {
    for (int i = 0; i < STAMPS; i++) {
      stamps.incrementAndGet(i);
    }
    entries.clear();
  }

  private static int place(UUID id) {
    return Math.floorMod(id.hashCode(), STAMPS);
  }
}
