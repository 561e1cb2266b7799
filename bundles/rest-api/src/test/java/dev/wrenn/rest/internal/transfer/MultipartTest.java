package dev.wrenn.rest.internal.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {
  private static final String TYPE = "multipart/form-data; boundary=";

  /** Gives what it has in pieces of random length, as a network does. */
  private static final class Dribble extends FilterInputStream {
    private final Random random;

    Dribble(byte[] bytes, Random random) {
      super(new ByteArrayInputStream(bytes));
      this.random = random;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return super.read(target, offset, Math.min(length, 1 + random.nextInt(random.nextInt(8) == 0 ? 70_000 : 40)));
    }
  }

  private static byte[] body(String boundary, List<byte[]> parts, String preamble) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(preamble.getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < parts.size(); i++) {
      out.write(("--" + boundary + "\r\ncontent-disposition: form-data; name=p" + i + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      out.write(parts.get(i));
      out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }
    out.write(("--" + boundary + "--\r\nepilogue").getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  /** Content that is full of what looks like a delimiter. */
  private static byte[] content(Random random, String boundary) {
    StringBuilder content = new StringBuilder();
    for (int pieces = random.nextInt(60); pieces > 0; pieces--) {
      String delimiter = "\r\n--" + boundary;
      content.append(switch (random.nextInt(5)) {
        case 0 -> delimiter.substring(0, random.nextInt(delimiter.length()));
        case 1 -> delimiter.substring(1 + random.nextInt(delimiter.length() - 1));
        case 2 -> "\r\n";
        case 3 -> "--";
        default -> "x".repeat(random.nextInt(random.nextInt(10) == 0 ? 100_000 : 50));
      });
    }
    String text = content.toString();
    while (text.contains("\r\n--" + boundary)) {
      text = text.replace("\r\n--" + boundary, "");
    }
    // A part that begins with the rest of a delimiter would complete it: the line before it ends with \r\n.
    return (text.startsWith("--" + boundary) ? "y" + text : text).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void findsEveryPartHoweverTheBodyIsCut() throws IOException {
    Random random = new Random(20_261_122);
    for (int round = 0; round < 200; round++) {
      String boundary = "-".repeat(random.nextInt(30)) + "b" + round;
      List<byte[]> parts = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        parts.add(content(random, boundary));
      }
      byte[] bytes = body(boundary, parts, random.nextBoolean() ? "" : "preamble\r\n");
      Multipart form = Multipart.of(TYPE + boundary, new Dribble(bytes, random));
      for (int i = 0; i < parts.size(); i++) {
        Multipart.Part part = form.next().orElseThrow();
        assertEquals("p" + i, part.name());
        if (random.nextInt(4) > 0) {
          assertArrayEquals(parts.get(i), part.content().readAllBytes(), "round " + round + ", part " + i);
          assertEquals(-1, part.content().read());
        }
      }
      assertEquals(Optional.empty(), form.next());
    }
  }

  @Test
  void bodiesThatBreakOffAnywhereAreNoticed() throws IOException {
    byte[] whole = body("b", List.of("hello".getBytes(StandardCharsets.UTF_8), "world".getBytes(StandardCharsets.UTF_8)), "");
    int end = new String(whole, StandardCharsets.UTF_8).indexOf("--b--") + 5;
    for (int length = 0; length < end; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(FormException.class, () -> {
        Multipart form = Multipart.of(TYPE + "b", new ByteArrayInputStream(cut));
        for (Optional<Multipart.Part> part = form.next(); part.isPresent(); part = form.next()) {
          part.get().content().readAllBytes();
        }
      }, "cut at " + length);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "Content-Disposition: form-data; name=\"path\"; filename=\"x\"|path",
      "content-DISPOSITION:form-data;name=path|path",
      "Content-Type: text/plain\\r\\nContent-Disposition: form-data; filename=\"name=no\"; name=\"a\\\"b\"|a\"b",
      "Content-Type: text/plain|''",
      "Content-Disposition: form-data; filename=\"x\"|''"})
  void readsNames(String headers, String name) throws IOException {
    String body = "--b \t\r\n" + headers.replace("\\r\\n", "\r\n") + "\r\n\r\nx\r\n--b--";
    Multipart form = Multipart.of(TYPE + "\"b\"", new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    assertEquals(name, form.next().orElseThrow().name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "multipart/form-data", "multipart/mixed; boundary=b", "multipart/form-data; boundary=\"\""})
  void refusesOtherTypes(String type) {
    assertThrows(FormException.class, () -> Multipart.of(type, InputStream.nullInputStream()));
    assertThrows(FormException.class, () -> Multipart.of(null, InputStream.nullInputStream()));
  }

  @Test
  void refusesMorePartsThanAnybodyNeeds() throws IOException {
    byte[] many = "--b\r\n\r\n\r\n".repeat(2_000).getBytes(StandardCharsets.UTF_8);
    Multipart form = Multipart.of(TYPE + "b", new ByteArrayInputStream(many));
    FormException refusal = assertThrows(FormException.class, () -> {
      Optional<Multipart.Part> part;
      do {
        part = form.next();
      } while (part.isPresent());
    });
    assertTrue(refusal.getMessage().contains("parts"), refusal.getMessage());
  }
}
