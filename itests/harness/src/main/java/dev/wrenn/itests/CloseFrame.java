package dev.wrenn.itests;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;

/** How a server ends a WebSocket, read from the bare connection. */
public final class CloseFrame {
  private CloseFrame() {}

  /**
   * Reads to the end.
   *
   * @param patienceMillis most time for all of it; the socket's own timeout should be the same
   * @return the code of the close frame, 1005 when it has none; −1 when the connection ended without one
   */
  public static int code(DataInputStream in, int patienceMillis) throws IOException {
    long end = System.nanoTime() + patienceMillis * 1_000_000L;
    try {
      while (true) {
        // Pings come for ever.
        if (System.nanoTime() > end) {
          throw new SocketTimeoutException("only pings");
        }
        int opcode = in.readUnsignedByte() & 0x0F;
        long length = in.readUnsignedByte();
        length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
        if (opcode == 8) {
          return length >= 2 ? in.readUnsignedShort() : 1005;
        }
        in.skipNBytes(length);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the server neither answered nor closed within " + patienceMillis + " ms", e);
    } catch (IOException ended) {
      return -1;
    }
  }
}
