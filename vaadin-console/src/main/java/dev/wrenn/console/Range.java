package dev.wrenn.console;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A span of time up to now that charts show, by the word of the API. */
record Range(String word, Duration length) {
  static final List<String> CAPSULE = List.of("5m", "10m", "1h", "2h", "6h", "12h", "24h");
  private static final Duration BEFORE = Duration.ofMinutes(4);
  static final List<String> TEAM = List.of("5m", "1h", "6h", "24h", "30d");

  static Range of(String word) {
    long number = Long.parseLong(word.substring(0, word.length() - 1));
    return new Range(word, switch (word.charAt(word.length() - 1)) {
      case 'm' -> Duration.ofMinutes(number);
      case 'h' -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    });
  }

  /** The shortest that shows some minutes before a moment; the longest when none does. */
  static Range reaching(Instant moment, Instant now) {
    Duration back = Duration.between(moment, now).plus(BEFORE);
    return CAPSULE.stream().map(Range::of).filter(r -> r.length().compareTo(back) >= 0).findFirst().orElse(of(CAPSULE.getLast()));
  }

  /** How far the points of a capsule are apart. */
  Duration step() {
    return length.toMinutes() <= 10 ? Duration.ofSeconds(1) : length.toHours() <= 2 ? Duration.ofSeconds(30) : Duration.ofMinutes(5);
  }

  /** How often it is worth asking. */
  Duration pause() {
    return length.toMinutes() <= 10 ? Duration.ofSeconds(2) : Duration.ofSeconds(15);
  }
}
