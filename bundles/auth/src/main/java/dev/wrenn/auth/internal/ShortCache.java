package dev.wrenn.auth.internal;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Keeps answers for a moment, so that a burst of requests asks the store once. When an answer is no longer fresh, one of those who come asks
 * anew while the others still take it, up to a bound. Bounded in number. Thread-safe.
 */
final class ShortCache<K, V> {
  private static final int BOUND = 10_000;
  private final long freshNanos;
  private final long oldestNanos;
  private final LongSupplier nanos;
  private final AtomicLong epoch = new AtomicLong();
  private final Map<K, Entry<V>> entries = new ConcurrentHashMap<>();

  /** @param renewed whether somebody asks for the next answer */
  private record Entry<V>(V value, long atNanos, long epoch, AtomicBoolean renewed) {}

  /** @param freshMillis how old an answer may be before somebody asks again @param oldestMillis how old an answer may be that is given */
  ShortCache(long freshMillis, long oldestMillis, LongSupplier nanos) {
    freshNanos = freshMillis * 1_000_000;
    oldestNanos = oldestMillis * 1_000_000;
    this.nanos = nanos;
  }

  /** Only answers that are there are kept: what is unknown now may be known in the next moment. */
  Optional<V> get(K key, Function<K, Optional<V>> ask) {
    long now = nanos.getAsLong();
    // Before the question: what is answered while somebody forgets is not kept.
    long asked = epoch.get();
    Entry<V> entry = entries.get(key);
    if (entry != null && entry.epoch == asked) {
      long age = now - entry.atNanos;
      if (age < freshNanos || age < oldestNanos && !entry.renewed.compareAndSet(false, true)) {
        return Optional.of(entry.value);
      }
    }
    Optional<V> value = Optional.empty();
    try {
      value = ask.apply(key);
    } finally {
      if (value.isEmpty()) {
        // Nobody takes the old answer any more, also when the new one is a refusal.
        entries.remove(key);
      }
    }
    if (value.isPresent()) {
      if (entries.size() >= BOUND) {
        entries.values().removeIf(e -> now - e.atNanos >= freshNanos);
      }
      if (entries.size() < BOUND) {
        entries.put(key, new Entry<>(value.get(), now, asked, new AtomicBoolean()));
      }
    }
    return value;
  }

  /** Nothing that was answered until now is used again. */
  void forget() {
    epoch.incrementAndGet();
    entries.clear();
  }
}
