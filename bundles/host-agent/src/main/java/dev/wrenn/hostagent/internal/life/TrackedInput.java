package dev.wrenn.hostagent.internal.life;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Bytes of a capsule, or for it: while they flow it is in use. */
class TrackedInput extends FilterInputStream {
  private final Activity activity;

  TrackedInput(InputStream in, Activity activity) {
    super(in);
    this.activity = activity;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int count = in.read(into, offset, length);
    if (count > 0) {
      activity.mark();
    }
    return count;
  }
}
