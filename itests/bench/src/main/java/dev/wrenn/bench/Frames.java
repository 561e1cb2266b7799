package dev.wrenn.bench;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A WebSocket on a bare socket: text messages of at most 64 KiB each way, in one frame each. */
final class Frames implements AutoCloseable {
  private static final int TEXT = 1;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int LAST = 0x80;
  private static final int MASKED = 0x80;
  private final Socket socket = new Socket();
  private final DataInputStream in;

  /** @param header goes with the handshake */
  Frames(String host, int port, String target, String header) throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(host, port), 5000);
    socket.setSoTimeout(120_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    socket.getOutputStream().write(("GET " + target + " HTTP/1.1\r\nHost: " + host + ":" + port + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: " + Base64.getEncoder().encodeToString(new byte[16]) + "\r\n" + header + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    String first = Wire.line(in);
    while (!Wire.line(in).isEmpty()) {
      // The answer's headers say nothing that is needed.
    }
    if (!first.startsWith("HTTP/1.1 101")) {
      throw new IOException("No stream: " + first);
    }
  }

  void send(String text) throws IOException {
    frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The next text message. */
  String next() throws IOException {
    while (true) {
      int kind = in.readUnsignedByte();
      int length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(in.readLong());
      }
      byte[] data = in.readNBytes(length);
      switch (kind) {
        case LAST | TEXT -> {
          return new String(data, StandardCharsets.UTF_8);
        }
        case LAST | PING -> frame(PONG, data);
        default -> throw new IOException("A frame of kind " + Integer.toHexString(kind) + ": " + new String(data, StandardCharsets.UTF_8));
      }
    }
  }

  /** Masked with zeros, which changes nothing. */
  private void frame(int kind, byte[] data) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(data.length + 8).put((byte) (LAST | kind));
    if (data.length < 126) {
      all.put((byte) (MASKED | data.length));
    } else {
      all.put((byte) (MASKED | 126)).putShort((short) data.length);
    }
    all.putInt(0).put(data);
    socket.getOutputStream().write(all.array(), 0, all.position());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
