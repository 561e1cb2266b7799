package dev.wrenn.bench;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The guest agent on a bare socket: the least that a client can do. */
final class Agent implements AutoCloseable {
  static final int PORT = 49983;
  static final String TOKEN = "benchmark";
  /** SHA-256 of the token. */
  static final String TOKEN_HASH = "0e89820860c342f2c7ec694d144023b10301c2accdd078cb5167a06d0c3d5bcc";
  private final Socket socket = new Socket();
  private final DataInputStream in;

  Agent(String address) throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(address, PORT), 2000);
    socket.setSoTimeout(30_000);
    in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
  }

  static void awaitHealth(String address, Duration within, Process vmm) throws IOException {
    long end = System.nanoTime() + within.toNanos();
    while (System.nanoTime() < end && vmm.isAlive()) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, PORT), 25);
        socket.setSoTimeout(1000);
        socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        if (new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII).equals("HTTP/1.1 204")) {
          return;
        }
      } catch (SocketTimeoutException | java.net.ConnectException notYet) {
        Thread.onSpinWait();
      }
    }
    throw new IOException("The agent of the raw microVM did not answer; VMM alive: " + vmm.isAlive());
  }

  /** Starts {@code true} and reads its stream to the end. */
  void execTrue() throws IOException {
    byte[] message = "{\"process\":{\"cmd\":\"/bin/true\",\"args\":[]},\"stdin\":false}".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write(("POST /process.Process/Start HTTP/1.1\r\nHost: a\r\nX-Access-Token: " + TOKEN + "\r\nContent-Type: application/connect+json\r\nConnect-Protocol-Version: 1\r\nContent-Length: "
        + (message.length + 5) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    request.write(0);
    request.write(java.nio.ByteBuffer.allocate(4).putInt(message.length).array());
    request.write(message);
    socket.getOutputStream().write(request.toByteArray());
    String head = Wire.line(in);
    if (!head.contains(" 200 ")) {
      throw new IOException("The agent said " + head);
    }
    while (!Wire.line(in).isEmpty()) {
      // Only the body matters.
    }
    for (int size; (size = Integer.parseInt(Wire.line(in).strip(), 16)) > 0; ) {
      in.skipNBytes(size + 2L);
    }
    Wire.line(in);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
