package dev.wrenn.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One kept connection of HTTP/1.1 on a bare socket: the same client for the platform and for what it is compared with. */
final class Wire implements AutoCloseable {
  private static final byte[] BLOCK = new byte[1 << 16];
  private final Socket socket = new Socket();
  private final InputStream in;
  private final String constant;
  private final byte[] sink = new byte[1 << 16];

  /** @param constant a header that goes with each request */
  Wire(String host, int port, String constant) throws IOException {
    this.constant = constant;
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(host, port), 5000);
    socket.setSoTimeout(600_000);
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
  }

  /** Sends so many bytes and waits for the answer. */
  void upload(String method, String target, long bytes) throws IOException {
    socket.getOutputStream().write(head(method, target, bytes, "application/octet-stream"));
    for (long left = bytes; left > 0; left -= BLOCK.length) {
      socket.getOutputStream().write(BLOCK, 0, (int) Math.min(left, BLOCK.length));
    }
    answer();
  }

  /** @return how many bytes came */
  long get(String target) throws IOException {
    socket.getOutputStream().write(head("GET", target, 0, null));
    return answer();
  }

  void post(String target, byte[] json) throws IOException {
    send(target, "application/json", json);
    answer();
  }

  /** Begins a call whose answer has no end yet, and reads its head. @return the body, without the marks of its chunks */
  InputStream stream(String target, String type, byte[] body) throws IOException {
    send(target, type, body);
    readHead();
    return new Chunks(in);
  }

  /** Head and body in one write: what is small goes in one piece. */
  private void send(String target, String type, byte[] body) throws IOException {
    byte[] head = head("POST", target, body.length, type);
    byte[] all = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    socket.getOutputStream().write(all);
  }

  private byte[] head(String method, String target, long length, String type) {
    return (method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + constant + "\r\n" + (type == null ? "" : "Content-Type: " + type + "\r\nContent-Length: "
        + length + "\r\n") + "Connect-Protocol-Version: 1\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  private long answer() throws IOException {
    long length = readHead();
    if (length < 0) {
      long all = 0;
      InputStream chunks = new Chunks(in);
      for (int n = chunks.read(sink); n >= 0; n = chunks.read(sink)) {
        all += n;
      }
      return all;
    }
    for (long left = length; left > 0; ) {
      int n = in.read(sink, 0, (int) Math.min(left, sink.length));
      if (n < 0) {
        throw new EOFException(left + " bytes are missing");
      }
      left -= n;
    }
    return length;
  }

  /** @return the length of the body; −1: it comes in chunks */
  private long readHead() throws IOException {
    String first = line(in);
    long length = first.contains(" 204 ") ? 0 : -1;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Long.parseLong(header.substring(15).strip());
      }
    }
    if (!first.startsWith("HTTP/1.1 2")) {
      throw new IOException(first + " " + new String(in.readNBytes((int) Math.max(0, length)), StandardCharsets.UTF_8));
    }
    return length;
  }

  /** One line of a head, without its end. */
  static String line(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int c; (c = in.read()) != '\n'; ) {
      if (c < 0) {
        throw new EOFException("the connection was closed after: " + text);
      }
      if (c != '\r') {
        text.append((char) c);
      }
    }
    return text.toString();
  }

  /** A body in chunks, as it comes. */
  private static final class Chunks extends InputStream {
    private final InputStream in;
    private int left;
    private boolean over;

    Chunks(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int wanted) throws IOException {
      if (wanted == 0) {
        // As readNBytes asks at its end: nothing is to be waited for.
        return 0;
      }
      if (over) {
        return -1;
      }
      if (left == 0) {
        left = Integer.parseInt(line(in).strip(), 16);
        if (left == 0) {
          line(in);
          over = true;
          return -1;
        }
      }
      int n = in.read(target, offset, Math.min(wanted, left));
      if (n < 0) {
        throw new EOFException("the body ended within a chunk");
      }
      left -= n;
      if (left == 0) {
        line(in);
      }
      return n;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
