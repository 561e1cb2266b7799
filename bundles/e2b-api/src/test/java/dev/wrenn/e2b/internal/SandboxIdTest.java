package dev.wrenn.e2b.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.wrenn.platform.PlatformException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SandboxIdTest {
  private static final String DIGITS = "0123456789abcdefghijklmno";

  @Test
  void knowsAllSpellings() throws Exception {
    assertEquals("cl" + DIGITS, SandboxId.shown("cl-" + DIGITS));
    for (String form : List.of("cl" + DIGITS, "cl-" + DIGITS, "cl" + DIGITS + "-wrenn", "cl-" + DIGITS + "-0a1b", "CL" + DIGITS.toUpperCase(java.util.Locale.ROOT))) {
      assertEquals("cl-" + DIGITS, SandboxId.capsule(form));
    }
  }

  @Test
  void doesNotFindWhatIsNone() {
    for (String form : List.of("", "x", "cl", "cl" + DIGITS + "0", "cl-" + DIGITS.substring(1), "cl" + DIGITS + "-", "cl--" + DIGITS, "ül" + DIGITS, "x".repeat(1000))) {
      PlatformException e = assertThrows(PlatformException.class, () -> SandboxId.capsule(form));
      assertEquals(PlatformException.Code.NOT_FOUND, e.code());
    }
  }
}
