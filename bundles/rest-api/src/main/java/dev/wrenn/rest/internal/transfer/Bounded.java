package dev.wrenn.rest.internal.transfer;

import dev.wrenn.platform.PlatformException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body that may be so long and no longer. Not thread-safe. */
final class Bounded extends FilterInputStream {
  private final long limit;
  private long left;

  Bounded(InputStream in, long limit) {
    super(in);
    this.limit = limit;
    this.left = limit;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  /** @throws FormException {@code TOO_LARGE} */
  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = super.read(target, offset, length);
    if (count > 0) {
      left -= count;
      if (left < 0) {
        throw tooLarge(limit);
      }
    }
    return count;
  }

  static FormException tooLarge(long limit) {
    return new FormException(PlatformException.Code.TOO_LARGE,
        "the body is larger than " + limit + " bytes; files/stream/write and PUT files/raw have no limit");
  }
}
