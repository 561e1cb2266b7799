package dev.wrenn.itests.api;

import dev.wrenn.itests.CloseFrame;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A WebSocket connection whose client may break every rule. */
final class RawSocket implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;

  RawSocket(Target target, String path) throws IOException {
    socket = new Socket(target.base.getHost(), target.base.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    out = socket.getOutputStream();
    in = new DataInputStream(socket.getInputStream());
    out.write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-API-Key: " + target.key + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    String answer = headers();
    if (!answer.startsWith("HTTP/1.1 101")) {
      throw new AssertionError(answer);
    }
  }

  private String headers() throws IOException {
    StringBuilder all = new StringBuilder();
    while (all.indexOf("\r\n\r\n") < 0) {
      all.append((char) in.readUnsignedByte());
    }
    return all.toString();
  }

  /** Sends bytes as they are. Whether the server still took them does not matter. */
  RawSocket bytes(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException gone) {
      // It has ended the connection already; closeCode() tells how.
    }
    return this;
  }

  RawSocket text(String text) {
    return bytes(frame(0x81, text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A frame as clients must send it, masked with zeros. @param first the bits before the length */
  static byte[] frame(int first, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    if (payload.length < 126) {
      frame.write(0x80 | payload.length);
    } else {
      frame.write(0x80 | 127);
      frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** Sends nothing more; a frame that is not whole will never be. */
  RawSocket end() throws IOException {
    if (!socket.isOutputShutdown() && !socket.isClosed()) {
      try {
        socket.shutdownOutput();
      } catch (java.net.SocketException gone) {
        // As for bytes().
      }
    }
    return this;
  }

  /** Reads to the end: the code of the close frame, −1 when the connection ended without one. */
  int closeCode() throws IOException {
    return CloseFrame.code(in, PATIENCE_MILLIS);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
