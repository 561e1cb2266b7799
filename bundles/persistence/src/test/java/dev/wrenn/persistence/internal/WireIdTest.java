package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.WireId;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WireIdTest {
  @Test
  void isThePrefixAndTheNumberInBase36() {
    assertEquals("team-" + "0".repeat(25), WireId.TEAM.format(new UUID(0, 0)));
    assertEquals("cl-" + "0".repeat(24) + "z", WireId.CAPSULE.format(new UUID(0, 35)));
    assertEquals("usr-f5lxx1zz5pnorynqglhzmsp33", WireId.USER.format(new UUID(-1, -1)));
  }

  @Test
  void comesBackAsItWas() {
    Random random = new Random(42);
    for (int i = 0; i < 20_000; i++) {
      // Many with leading zeros: the padding is where such formats go wrong.
      UUID id = new UUID(random.nextLong() >>> random.nextInt(64), random.nextLong() >>> random.nextInt(64));
      for (WireId kind : WireId.values()) {
        String text = kind.format(id);
        assertTrue(text.matches("[a-z]+-[0-9a-z]{25}"), text);
        assertEquals(Optional.of(id), kind.parse(text));
      }
    }
  }

  @Test
  void isWhatArithmeticSays() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      UUID id = new UUID(random.nextLong() >> random.nextInt(64), random.nextLong() >> random.nextInt(64));
      String digits = new BigInteger(id.toString().replace("-", ""), 16).toString(36);
      assertEquals("cl-" + "0".repeat(25 - digits.length()) + digits, WireId.CAPSULE.format(id));
      // Those too that no UUID has: from just above the greatest to the greatest text.
      BigInteger number = new BigInteger(130, random).min(new BigInteger("z".repeat(25), 36));
      String text = number.toString(36);
      assertEquals(number.bitLength() <= 128, WireId.CAPSULE.parse("cl-" + "0".repeat(25 - text.length()) + text).isPresent(), text);
    }
  }

  @Test
  void sortsAsTheNumbersDo() {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      UUID a = new UUID(random.nextLong(), random.nextLong());
      UUID b = new UUID(random.nextLong(), random.nextLong());
      int unsigned = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
      assertEquals(Integer.signum(unsigned), Integer.signum(WireId.CAPSULE.format(a).compareTo(WireId.CAPSULE.format(b))));
    }
  }

  @Test
  void isNothingElse() {
    String good = WireId.CAPSULE.format(UUID.randomUUID());
    for (String bad : List.of("", "cl-", good.substring(3), good + "0", good.substring(0, 27), good.replace("cl-", "CL-"),
        "usr-" + good.substring(3), "cl-" + "A".repeat(25), "cl-" + "z".repeat(25), "cl-f5lxx1zz5pnorynqglhzmsp34", "cl-+" + "0".repeat(24),
        "cl--" + "0".repeat(24), "cl-" + "\u0660".repeat(25))) {
      assertEquals(Optional.empty(), WireId.CAPSULE.parse(bad), bad);
    }
    assertEquals(Optional.empty(), WireId.CAPSULE.parse(null));
  }
}
