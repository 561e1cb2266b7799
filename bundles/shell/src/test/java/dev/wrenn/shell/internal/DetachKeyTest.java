package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DetachKeyTest {
  private static final long LATER = Duration.ofSeconds(2).toNanos();
  private final DetachKey key = new DetachKey();

  private String pass(String typed, long now) {
    return new String(key.pass(typed.getBytes(StandardCharsets.ISO_8859_1), now), StandardCharsets.ISO_8859_1);
  }

  @Test
  void bothKeysTogetherOrApartDetachAndDoNotArrive() {
    assertEquals("ls", pass("ls\20\21more", 0));
    assertEquals(true, key.complete());
  }

  @Test
  void theFirstKeyWaitsForTheSecond() {
    assertEquals("", pass("\20", 0));
    assertEquals("", pass("", 1));
    assertEquals(false, key.complete());
    assertEquals("", pass("\21", 2));
    assertEquals(true, key.complete());
  }

  @Test
  void everythingElseArrivesAsItIs() {
    assertEquals("\20x", pass("\20x", 0));
    assertEquals("\20", pass("\20\20", 0), "the second may begin it");
    assertEquals("", pass("", 1));
    assertEquals("\20", pass("", LATER), "the history key by itself");
    assertEquals("\21", pass("\21", LATER));
    assertEquals("ä\u0003", pass("ä\u0003", LATER));
    assertEquals(false, key.complete());
  }
}
