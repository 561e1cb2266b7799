package dev.wrenn.network.tap.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TapSettingsTest {
  @Test
  void everySlotHasTwoAddressesOfItsOwnWithinTheSubnet() {
    TapSettings settings = settings("10.11.0.0/24");
    Set<String> addresses = new HashSet<>();
    for (int number = 1; number <= settings.slots(); number++) {
      Slot slot = settings.slot(number);
      addresses.add(slot.hostAddress());
      addresses.add(slot.capsuleAddress());
      assertEquals(1, Cidr.address(slot.capsuleAddress()) & 1);
      assertEquals(Cidr.address(slot.hostAddress()) + 1, Cidr.address(slot.capsuleAddress()));
      assertTrue(settings.subnet().contains(Cidr.address(slot.capsuleAddress())));
      assertTrue(slot.hostInterface().length() <= 15, slot.hostInterface());
    }
    assertEquals(127 * 2, addresses.size());
    assertThrows(IllegalArgumentException.class, () -> settings.slot(0));
  }

  @Test
  void namesOfTheLastSlotOfTheLargestSubnetFitTheKernel() {
    TapSettings settings = settings("10.0.0.0/8");
    assertTrue(settings.slot(settings.slots()).hostInterface().length() <= 15);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "toolong", "Up", "a-b", "a*", "1a", "a\"", "a b"})
  void refusesPrefixesThatAreNoNames(String prefix) {
    assertThrows(IllegalArgumentException.class,
        () -> new TapSettings(prefix, Cidr.parse("10.0.0.0/16"), 1, 1, List.of(), List.of()));
  }

  @Test
  void aPublicSubnetIsDeniedToCapsulesAsWell() {
    assertTrue(TapSettings.denied(Cidr.parse("203.0.113.0/24"), List.of()).contains(Cidr.parse("203.0.113.0/24")));
    assertEquals(TapSettings.denied(Cidr.parse("10.5.0.0/16"), List.of()), TapSettings.denied(Cidr.parse("10.6.0.0/16"), List.of()));
  }

  @Test
  void listsOfAConfigurationFileMayStandInOneText() {
    TapSettings settings = TapSettings.of(config(new String[] {"9.9.9.9, 1.0.0.1"}, new String[] {"203.0.113.0/24 198.51.100.0/24"}),
        List.of("8.8.4.4"));
    assertEquals(List.of("9.9.9.9", "1.0.0.1"), settings.dns());
    assertTrue(settings.denied().containsAll(List.of(Cidr.parse("203.0.113.0/24"), Cidr.parse("198.51.100.0/24"))));
  }

  @Test
  void guestsAreToldOfResolversThatTheyReach() {
    List<Cidr> denied = TapSettings.denied(Cidr.parse("10.11.0.0/16"), List.of("9.9.9.9/32"));
    assertEquals(List.of("8.8.4.4"), Resolvers.reachable(List.of("127.0.0.53", "192.168.0.1", "9.9.9.9", "fd00::1", "8.8.4.4"), denied));
    assertEquals(List.of("1.1.1.1", "8.8.8.8"), Resolvers.reachable(List.of("127.0.0.53"), denied));
  }

  private static TapSettings settings(String subnet) {
    return new TapSettings("wrenn", Cidr.parse(subnet), 1, 61_000, List.of("1.1.1.1"), List.of());
  }

  private static TapNetworkConfig config(String[] dns, String[] denied) {
    return new TapNetworkConfig() {
      @Override public String prefix() {
        return "wrenn";
      }

      @Override public String subnet() {
        return "10.11.0.0/16";
      }

      @Override public int poolSize() {
        return 0;
      }

      @Override public int group() {
        return 1;
      }

      @Override public String[] dns() {
        return dns;
      }

      @Override public String[] extraDenied() {
        return denied;
      }

      @Override public Class<? extends Annotation> annotationType() {
        return TapNetworkConfig.class;
      }
    };
  }
}
