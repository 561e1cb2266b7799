package dev.wrenn.itests.api;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** So many bytes that look random, as quick to make as to compare, and different in every 64 KiB. */
record Pattern(long length) {
  private static final int BLOCK = 1 << 16;
  private static final byte[] BASE = base();

  private static byte[] base() {
    byte[] bytes = new byte[BLOCK];
    new java.util.Random(4).nextBytes(bytes);
    return bytes;
  }

  private static void stamp(byte[] block, long number) {
    for (int i = 0; i < 8; i++) {
      block[i] = (byte) (number >>> (8 * i));
    }
  }

  InputStream stream() {
    return new InputStream() {
      private final byte[] block = BASE.clone();
      private long at;

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] target, int offset, int wanted) {
        if (at >= length) {
          return -1;
        }
        int inside = (int) (at % BLOCK);
        if (inside == 0) {
          stamp(block, at / BLOCK);
        }
        int count = (int) Math.min(Math.min(wanted, BLOCK - inside), length - at);
        System.arraycopy(block, inside, target, offset, count);
        at += count;
        return count;
      }
    };
  }

  /** Reads a stream to its end and fails at the first byte that differs. */
  void compare(InputStream in) throws IOException {
    byte[] expected = BASE.clone();
    byte[] block = new byte[BLOCK];
    for (long at = 0; at < length; at += BLOCK) {
      stamp(expected, at / BLOCK);
      int wanted = (int) Math.min(BLOCK, length - at);
      int count = in.readNBytes(block, 0, wanted);
      if (count < wanted) {
        throw new EOFException("only " + (at + count) + " of " + length + " bytes");
      }
      if (!java.util.Arrays.equals(expected, 0, wanted, block, 0, wanted)) {
        throw new AssertionError("another byte after " + at);
      }
    }
    if (in.read() >= 0) {
      throw new AssertionError("more than " + length + " bytes");
    }
  }
}
