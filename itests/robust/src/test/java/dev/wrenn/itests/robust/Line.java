package dev.wrenn.itests.robust;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A bare connection to the platform, for clients that leave, wait and break rules. Every read has a deadline. */
final class Line implements AutoCloseable {
  static final int PATIENCE_MILLIS = 120_000;
  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  /** @param receive bytes that this side takes unread at most; 0: what the system likes */
  Line(URI base, int receive) throws IOException {
    if (receive > 0) {
      socket.setReceiveBufferSize(receive);
    }
    socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), base.getPort()), PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  Line(URI base) throws IOException {
    this(base, 0);
  }

  /** Sends a head; each line is a header. */
  Line head(String method, String target, String... lines) throws IOException {
    StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    for (String line : lines) {
      text.append(line).append("\r\n");
    }
    return bytes(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  Line bytes(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Sends what the other side still takes. @param end whether it is told that no more comes: what is not whole never will be */
  Line last(byte[] bytes, boolean end) {
    try {
      bytes(bytes);
      if (end) {
        socket.shutdownOutput();
      }
    } catch (IOException gone) {
      // It has refused and left; status() says how.
    }
    return this;
  }

  /** @return the status of the answer; −1 when the connection ended without one */
  int status() throws IOException {
    try {
      String first = line();
      if (!first.matches("HTTP/1\\.1 [1-5]\\d\\d .*|HTTP/1\\.1 [1-5]\\d\\d")) {
        throw new AssertionError("no answer of HTTP: " + first);
      }
      return Integer.parseInt(first.substring(9, 12));
    } catch (SocketException | java.io.EOFException ended) {
      return -1;
    }
  }

  /** Reads the head of a good answer. @return its Content-Length; −1 when it names none */
  long expectOk() throws IOException {
    String first = line();
    if (!first.startsWith("HTTP/1.1 200")) {
      throw new AssertionError("not 200: " + first);
    }
    long length = -1;
    for (String header = line(); !header.isEmpty(); header = line()) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Long.parseLong(header.substring(15).strip());
      }
    }
    return length;
  }

  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new java.io.EOFException("the connection ended after: " + line);
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  InputStream in() {
    return in;
  }

  OutputStream out() {
    return out;
  }

  /** What came until the connection ended. @param tail the last bytes of it, at most eight */
  record Rest(long bytes, String tail) {}

  /** Reads to the end, however it comes. */
  Rest rest() throws IOException {
    long all = 0;
    String tail = "";
    byte[] block = new byte[1 << 16];
    try {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        all += n;
        tail += new String(block, Math.max(0, n - 8), Math.min(8, n), StandardCharsets.ISO_8859_1);
        tail = tail.substring(Math.max(0, tail.length() - 8));
      }
    } catch (SocketException reset) {
      // An end without politeness is an end.
    }
    return new Rest(all, tail);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
