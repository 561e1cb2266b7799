package dev.wrenn.controlplane.internal;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What was read from the store, by id, until that changes. From the beginning of a change to its end nothing is given, so that nobody sees
 * here what was before when elsewhere he has seen what is now. Who reads takes a stamp first; what was read while a change was made is
 * never kept. Bounded. Thread-safe.
 */
final class Kept<V> {
  private static final int PLACES = 1024;
  private final int bound;
  /** Ids share places, so that some are dropped without need, and none is kept wrongly. */
  private final AtomicLongArray stamps = new AtomicLongArray(PLACES);
  private final AtomicIntegerArray changing = new AtomicIntegerArray(PLACES);
  private final AtomicLong epoch = new AtomicLong();
  private final Map<UUID, Entry<V>> entries = new ConcurrentHashMap<>();

  private record Entry<V>(V value, long stamp) {}

  Kept(int bound) {
    this.bound = bound;
  }

  Optional<V> get(UUID id) {
    Entry<V> entry = entries.get(id);
    return entry != null && changing.get(place(id)) == 0 && entry.stamp == stamp(id) ? Optional.of(entry.value) : Optional.empty();
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

  /** A change of it may be made from now on. */
  void begin(UUID id) {
    changing.incrementAndGet(place(id));
    stamps.incrementAndGet(place(id));
  }

  /** The change was made, or was not. @return a stamp for what it is now */
  long end(UUID id) {
    long stamp = stamps.incrementAndGet(place(id));
    changing.decrementAndGet(place(id));
    return stamp;
  }

  /** Grows when everything was dropped: what was read in another epoch is not to be kept. */
  long epoch() {
    return epoch.get();
  }

  void allChanged() {
    epoch.incrementAndGet();
    for (int i = 0; i < PLACES; i++) {
      stamps.incrementAndGet(i);
    }
    entries.clear();
  }

  private static int place(UUID id) {
    return Math.floorMod(id.hashCode(), PLACES);
  }
}
