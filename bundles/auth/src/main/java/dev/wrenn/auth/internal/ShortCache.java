package dev.wrenn.auth.internal;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Keeps answers for a moment, so that a burst of requests asks the store once. Bounded. Thread-safe. */
final class ShortCache<K, V> {
  private static final int BOUND = 10_000;
  private final long nanos;
  private final Map<K, Entry<V>> entries = new ConcurrentHashMap<>();

  private record Entry<V>(V value, long atNanos) {}

  ShortCache(long millis) {
    this.nanos = millis * 1_000_000;
  }

  /** Only answers that are there are kept: what is unknown now may be known in the next moment. */
  Optional<V> get(K key, Function<K, Optional<V>> ask) {
    long now = System.nanoTime();
    Entry<V> entry = entries.get(key);
    if (entry != null && now - entry.atNanos < nanos) {
      return Optional.of(entry.value);
    }
    Optional<V> value = ask.apply(key);
    if (value.isEmpty()) {
      entries.remove(key);
    } else {
      if (entries.size() >= BOUND) {
        entries.values().removeIf(e -> now - e.atNanos >= nanos);
      }
      if (entries.size() < BOUND) {
        entries.put(key, new Entry<>(value.get(), now));
      }
    }
    return value;
  }

  void clear() {
    entries.clear();
  }
}
