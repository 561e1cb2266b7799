package dev.wrenn.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RangeTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

  @Test
  void reachesBackToTheMinutesBeforeAMoment() {
    assertEquals("5m", reaching(Duration.ofSeconds(30)));
    assertEquals("10m", reaching(Duration.ofMinutes(3)));
    assertEquals("1h", reaching(Duration.ofMinutes(56)));
    assertEquals("2h", reaching(Duration.ofMinutes(57)));
  }

  @Test
  void theLongestIsTakenWhenNoneReachesSoFar() {
    assertEquals("24h", reaching(Duration.ofDays(3)));
  }

  private static String reaching(Duration back) {
    return Range.reaching(NOW.minus(back), NOW).word();
  }
}
