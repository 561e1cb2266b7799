package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TextTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theFirstLookShowsTheLastLines() {
    assertEquals("b\nc\n", new ConsoleText(2).next(bytes("a\nb\nc\n")));
    assertEquals("b\nc", new ConsoleText(2).next(bytes("a\nb\nc")));
    assertEquals("a\n", new ConsoleText(5).next(bytes("a\n")));
    assertEquals("", new ConsoleText(0).next(bytes("a\n")));
    assertEquals("", new ConsoleText(3).next(bytes("")));
  }

  @Test
  void aLaterLookShowsWhatCame() {
    ConsoleText text = new ConsoleText(1);
    text.next(bytes("a\nb\n"));
    assertEquals("", text.next(bytes("a\nb\n")));
    assertEquals("c\n", text.next(bytes("a\nb\nc\n")));
  }

  @Test
  void aLookThatBeginsLaterGoesOnWhereTheLastOneEnded() {
    byte[] all = new byte[40_000];
    Random random = new Random(1);
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) ('a' + random.nextInt(26));
    }
    ConsoleText text = new ConsoleText(0);
    text.next(Arrays.copyOfRange(all, 0, 20_000));
    assertEquals(new String(all, 20_000, 500, StandardCharsets.US_ASCII), text.next(Arrays.copyOfRange(all, 500, 20_500)));
    assertEquals("[…]\nquite another", text.next(bytes("quite another")));
  }

  @Test
  void aGuestDoesNotSteerTheTerminal() {
    assertEquals("red title x\tä\n", new ConsoleText(9).next(bytes("\u001b[1;31mred\u001b[0m \u001b]0;owned\u0007title\r \u009b\u0008x\tä\n")));
  }

  @Test
  void jsonIsJson() {
    assertEquals("{\"a\":1,\"b\":[true,null],\"c\":\"\\\"\\\\\\n\\u001bä\"}",
        Json.of(new TreeMap<>(Map.of("a", 1, "b", List.of(true, Optional.empty()), "c", "\"\\\n\u001bä"))));
    assertEquals("idle_limit", Json.name("Idle limit"));
  }

  @Test
  void sizesHaveThreeDigits() {
    assertEquals("0 B", Listing.bytes(0));
    assertEquals("1023 B", Listing.bytes(1023));
    assertEquals("1.50 KB", Listing.bytes(1536));
    assertEquals("15.0 MB", Listing.bytes(15L << 20));
    assertEquals("512 MB", Listing.bytes(512L << 20));
    assertEquals("2048 TB", Listing.bytes(2L << 50));
  }

  @Test
  void barsAreInProportion() {
    assertEquals("▁▅█", Sparkline.of(List.of(0.0, 50.0, 100.0), 100));
    assertEquals("", Sparkline.of(List.of(), 0));
    assertEquals("▁▁", Sparkline.of(List.of(0.0, 0.0), 0));
    assertEquals(60, Sparkline.of(Collections.nCopies(1000, 1.0), 0).length());
  }

  @Test
  void secretsStayOutOfTheLog() {
    assertEquals("capsule:exec -e TOKEN=… --env=B=… cl-1 env", Secrets.hidden("capsule:exec -e TOKEN=abc --env=B=x=y cl-1 env"));
    assertEquals("capsule:exec -e 'TOKEN=…' -e B=… cl-1 ls -l", Secrets.hidden("capsule:exec -e 'TOKEN=a b' -e B=\"c d\" cl-1 ls -l"));
    assertEquals("capsule:list -a", Secrets.hidden("capsule:list -a"));
  }
}
