package dev.wrenn.rest.internal.stream;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Bytes to text as they come: a character that is cut between two pieces stays whole. Not thread-safe. */
final class Utf8Stream {
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
      .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] rest = new byte[0];

  /** The text that is complete now; may be empty. */
  String decode(byte[] piece) {
    return decode(piece, false);
  }

  /** What is left at the end: nothing, or a replacement for half a character. */
  String end() {
    return decode(new byte[0], true);
  }

  private String decode(byte[] piece, boolean end) {
    ByteBuffer in = ByteBuffer.allocate(rest.length + piece.length).put(rest).put(piece).flip();
    // A malformed byte becomes one replacement, so there are never more characters than bytes.
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    decoder.decode(in, out, end);
    if (end) {
      decoder.flush(out);
      decoder.reset();
    }
    rest = new byte[in.remaining()];
    in.get(rest);
    return out.flip().toString();
  }
}
