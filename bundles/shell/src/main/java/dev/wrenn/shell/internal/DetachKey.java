package dev.wrenn.shell.internal;

import java.io.ByteArrayOutputStream;
import java.time.Duration;

/** Finds Ctrl-P Ctrl-Q in what is typed. What may be its beginning waits for the next key, but not for long. One thread. */
final class DetachKey {
  static final String NAME = "Ctrl-P Ctrl-Q";
  private static final int FIRST = 'P' - '@';
  private static final int SECOND = 'Q' - '@';
  private static final Duration PATIENCE = Duration.ofMillis(700);

  private boolean begun;
  private long since;
  private boolean complete;

  /** Whether it was typed. */
  boolean complete() {
    return complete;
  }

  /**
   * @param keys what was typed since the last call, perhaps nothing
   * @param now in nanoseconds, from any beginning
   * @return what goes on to the capsule
   */
  byte[] pass(byte[] keys, long now) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(keys.length + 1);
    if (begun && keys.length == 0 && now - since >= PATIENCE.toNanos()) {
      begun = false;
      out.write(FIRST);
    }
    for (byte key : keys) {
      if (begun && key == SECOND) {
        complete = true;
        return out.toByteArray();
      }
      if (begun) {
        out.write(FIRST);
      }
      begun = key == FIRST;
      if (begun) {
        since = now;
      } else {
        out.write(key);
      }
    }
    return out.toByteArray();
  }
}
