package dev.wrenn.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.metrics.MetricPoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PointsTest {
  private static final Instant T = Instant.ofEpochSecond(1000);

  @Test
  void absentIsNullAndNotZero() {
    Points points = new Points(Duration.ofSeconds(30), 2);
    points.add(T, OptionalDouble.of(1.25), OptionalDouble.empty());
    points.add(T.plusSeconds(30), OptionalDouble.of(0), OptionalDouble.empty());
    assertEquals("[[1000.0,1030.0],[1.25,0.0],[null,null]]", points.json());
    assertTrue(points.known(0));
    assertFalse(points.known(1));
  }

  @Test
  void aLongSilenceIsAGap() {
    Points points = new Points(Duration.ofSeconds(30), 1);
    points.add(T, OptionalDouble.of(1));
    points.add(T.plusSeconds(74), OptionalDouble.of(2));
    points.add(T.plusSeconds(174), OptionalDouble.of(3));
    assertEquals("[[1000.0,1074.0,1111.5,1174.0],[1.0,2.0,null,3.0]]", points.json());
  }

  @Test
  void secondsThatComeLateAreNoGap() {
    Points points = new Points(Duration.ofSeconds(1), 1);
    points.add(T, OptionalDouble.of(1));
    points.add(T.plusSeconds(5), OptionalDouble.of(2));
    assertEquals("[[1000.0,1005.0],[1.0,2.0]]", points.json());
  }

  @Test
  void whatIsNotNewerIsLeftOut() {
    Points points = new Points(Duration.ofSeconds(1), 1);
    points.add(T, OptionalDouble.of(1));
    points.add(T, OptionalDouble.of(2));
    assertEquals("[[1000.0],[1.0]]", points.json());
  }

  @Test
  void ratesComeFromCountersThatGrow() {
    Points rates = Rates.of(List.of(point(0, 1000), point(10, 3000), point(20, 500), point(30, 600)), Duration.ofSeconds(30));
    assertEquals("[[1010.0,1020.0,1030.0],[200.0,null,10.0],[null,null,null]]", rates.json());
  }

  private static MetricPoint point(long second, long received) {
    OptionalLong none = OptionalLong.empty();
    return new MetricPoint(T.plusSeconds(second), 0, none, none, none, none, none, OptionalLong.of(received), none);
  }
}
