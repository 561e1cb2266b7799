package dev.wrenn.faces;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is left of a request's body that nobody wanted. The container ends the connection of a request that was answered before its body was there,
 * though the client may be sending its next one by it; and a client that is cut off while it sends often never reads why.
 */
public final class Leftover {
  private static final Logger LOG = LoggerFactory.getLogger(Leftover.class);
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static final int AT_ONCE = 1 << 16;

  private Leftover() {}

  /**
   * Sends the answer, then reads on within bounds of size and time; how far it came does not matter. Nothing is done when there is nothing left.
   *
   * @param most bytes
   * @throws IOException when the answer can't be sent
   */
  public static void drain(HttpServletRequest request, HttpServletResponse response, long most) throws IOException {
    boolean bodied = request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    // Who waits to be asked for its body has its answer instead.
    if (!bodied || request.getHeader("Expect") != null || request.isAsyncStarted() || request.getInputStream().isFinished()) {
      return;
    }
    // First the answer: who has stopped to send waits for it, and would let the reading below wait.
    response.flushBuffer();
    try {
      read(request.getInputStream(), most);
    } catch (IOException e) {
      LOG.debug("a client that has its answer left in the midst of its request: {}", e.toString());
    }
  }

  private static void read(InputStream body, long most) throws IOException {
    long end = System.nanoTime() + LONGEST.toNanos();
    byte[] waste = new byte[AT_ONCE];
    for (long seen = 0; seen < most && System.nanoTime() < end; ) {
      int count = body.read(waste);
      if (count < 0) {
        return;
      }
      seen += count;
    }
  }
}
