package dev.wrenn.rest.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8StreamTest {
  private static String cut(byte[] bytes, Random random) {
    Utf8Stream stream = new Utf8Stream();
    StringBuilder all = new StringBuilder();
    for (int at = 0; at < bytes.length; ) {
      int next = Math.min(bytes.length, at + random.nextInt(4));
      all.append(stream.decode(Arrays.copyOfRange(bytes, at, next)));
      at = next;
    }
    return all.append(stream.end()).toString();
  }

  @Test
  void textIsTheSameHoweverItIsCut() {
    String text = "a ä € 😀 漢字 \u0000 end";
    for (int seed = 0; seed < 200; seed++) {
      assertEquals(text, cut(text.getBytes(StandardCharsets.UTF_8), new Random(seed)), "seed " + seed);
    }
  }

  @Test
  void otherBytesBecomeTheSameReplacementsHoweverTheyAreCut() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      assertEquals(new String(bytes, StandardCharsets.UTF_8), cut(bytes, random), "seed " + seed);
    }
  }
}
