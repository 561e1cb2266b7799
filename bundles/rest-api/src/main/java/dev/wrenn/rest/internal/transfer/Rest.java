package dev.wrenn.rest.internal.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** What is left of a body that nobody wants. */
final class Rest {
  private static final long MOST = 64L << 20;
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private final InputStream body;

  Rest(InputStream body) {
    this.body = body;
  }

  /** Reads on within bounds of size and time; how far it came does not matter. */
  void drain() throws IOException {
    long end = System.nanoTime() + LONGEST.toNanos();
    byte[] waste = new byte[1 << 16];
    long seen = 0;
    while (seen < MOST && System.nanoTime() < end) {
      int count = body.read(waste);
      if (count < 0) {
        return;
      }
      seen += count;
    }
  }
}
