package dev.wrenn.network.tap.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "10.11.0.0/16", "192.168.1.128/25", "255.255.255.255/32"})
  void readsWhatItWrites(String text) {
    assertEquals(text, Cidr.parse(text).toString());
  }

  @Test
  void knowsWhatIsInIt() {
    Cidr range = Cidr.parse("172.16.0.0/12");
    assertTrue(range.contains(Cidr.address("172.31.255.255")));
    assertFalse(range.contains(Cidr.address("172.32.0.0")));
    assertTrue(Cidr.parse("0.0.0.0/0").contains(Cidr.address("200.1.2.3")));
    assertTrue(range.overlaps(Cidr.parse("172.20.0.0/16")) && Cidr.parse("172.20.0.0/16").overlaps(range));
    assertFalse(range.overlaps(Cidr.parse("172.32.0.0/16")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0", "10.0.0.256/8", "10.0.0.0/33", "10.0.0.1/8", "host.example/8", "10.0.0.0/-1", "10.0.0.0/8; drop"})
  void refusesWhatIsNoRange(String text) {
    assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text));
  }
}
