package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv4Test {
  @ParameterizedTest
  @CsvSource({"10.0.2.15/24,10.0.2.0/24", "169.254.0.21/30,169.254.0.20/30", "255.255.255.255/1,128.0.0.0/1", "1.2.3.4/0,0.0.0.0/0", "1.2.3.4/32,1.2.3.4/32"})
  void knowsItsNetwork(String cidr, String network) {
    assertEquals(network, Ipv4.ofCidr(cidr).network());
  }

  @Test
  void knowsItsNeighbours() {
    assertTrue(Ipv4.ofCidr("10.0.2.15/24").sameNetwork("10.0.2.3"));
    assertFalse(Ipv4.ofCidr("10.0.2.15/24").sameNetwork("10.0.3.3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.2.15", "10.0.2.15/33", "10.0.2.256/24", "10.0.2.15/24,restrict=off", "::1/64", "10.0.2/24"})
  void refusesWhatIsNone(String text) {
    assertThrows(IllegalArgumentException.class, () -> Ipv4.ofCidr(text));
  }
}
