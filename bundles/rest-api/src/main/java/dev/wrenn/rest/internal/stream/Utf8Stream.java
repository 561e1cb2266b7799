package dev.wrenn.rest.internal.stream;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Bytes to text as they come: a character that is cut between two pieces stays whole, and what is no text stays as it is. Not thread-safe. */
final class Utf8Stream {
  /** What goes out for some bytes: text, or base64 of them when they are not UTF-8. */
  record Part(String data, boolean base64) {
    static Part bytes(byte[] data) {
      return new Part(Base64.getEncoder().encodeToString(data), true);
    }
  }

  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
      .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
  private byte[] rest = new byte[0];

  /** What is complete now: nothing, or text, bytes, text, of which none is empty. */
  List<Part> decode(byte[] piece) {
    return decode(piece, false);
  }

  /** What is left at the end: nothing, or half a character. */
  List<Part> end() {
    return decode(new byte[0], true);
  }

  private List<Part> decode(byte[] piece, boolean end) {
    byte[] all = ByteBuffer.allocate(rest.length + piece.length).put(rest).put(piece).array();
    ByteBuffer in = ByteBuffer.wrap(all);
    CharBuffer out = CharBuffer.allocate(all.length + 1);
    int bad = -1;
    int good = 0;
    String before = "";
    // From the first to the last byte that is no text all is kept as it is: three messages at most, whatever comes.
    for (CoderResult result = decoder.reset().decode(in, out, end); result.isError(); result = decoder.decode(in, out, end)) {
      if (bad < 0) {
        bad = in.position();
        before = out.flip().toString();
      }
      good = in.position() + result.length();
      in.position(good);
      out.clear();
    }
    rest = Arrays.copyOfRange(all, in.position(), all.length);
    List<Part> parts = new ArrayList<>(3);
    text(before, parts);
    if (bad >= 0) {
      parts.add(Part.bytes(Arrays.copyOfRange(all, bad, good)));
    }
    text(out.flip().toString(), parts);
    return parts;
  }

  private static void text(String text, List<Part> parts) {
    if (!text.isEmpty()) {
      parts.add(new Part(text, false));
    }
  }
}
