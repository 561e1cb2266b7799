package dev.wrenn.rest.internal.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.rest.internal.stream.Utf8Stream.Part;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8StreamTest {
  private static List<Part> cut(byte[] bytes, Random random) {
    Utf8Stream stream = new Utf8Stream();
    List<Part> all = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int next = Math.min(bytes.length, at + random.nextInt(6));
      List<Part> parts = stream.decode(Arrays.copyOfRange(bytes, at, next));
      assertTrue(parts.size() <= 3, () -> "parts " + parts);
      all.addAll(parts);
      at = next;
    }
    all.addAll(stream.end());
    assertEquals(List.of(), stream.end());
    return all;
  }

  private static byte[] bytes(List<Part> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Part part : parts) {
      all.writeBytes(part.base64() ? Base64.getDecoder().decode(part.data()) : part.data().getBytes(StandardCharsets.UTF_8));
    }
    return all.toByteArray();
  }

  @Test
  void textIsTextHoweverItIsCut() {
    byte[] text = "a ä € 😀 漢字 \u0000 end".getBytes(StandardCharsets.UTF_8);
    for (int seed = 0; seed < 200; seed++) {
      List<Part> parts = cut(text, new Random(seed));
      assertTrue(parts.stream().noneMatch(Part::base64), () -> "parts " + parts);
      assertArrayEquals(text, bytes(parts), "seed " + seed);
    }
  }

  @Test
  void otherBytesSurviveHoweverTheyAreCut() {
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] = random.nextBoolean() ? "ä€😀x".getBytes(StandardCharsets.UTF_8)[at % 10] : bytes[at];
      }
      assertArrayEquals(bytes, bytes(cut(bytes, random)), "seed " + seed);
    }
  }

  @Test
  void onlyWhatIsNoTextIsEncoded() {
    Utf8Stream stream = new Utf8Stream();
    byte[] latin = "begin \u00e9t\u00e9 end \u00e4".getBytes(StandardCharsets.ISO_8859_1);
    latin = Arrays.copyOf(latin, latin.length + 1);
    latin[latin.length - 2] = (byte) 0xc3;
    latin[latin.length - 1] = (byte) 0xa4;
    byte[] cut = Arrays.copyOf(latin, latin.length - 1);
    assertEquals(List.of(new Part("begin ", false), new Part("6XTp", true), new Part(" end ", false)), stream.decode(cut));
    assertEquals(List.of(new Part("ä", false)), stream.decode(Arrays.copyOfRange(latin, cut.length, latin.length)));
  }
}
