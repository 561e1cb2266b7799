package dev.wrenn.guest.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The answer to one request: its head, and its body as it comes. */
final class Response {
  private static final int LINE_BYTES = 8 << 10;
  private static final int LINES = 64;

  static final int CONTINUE = 100;
  static final int SWITCHED = 101;

  final int status;
  private final Map<String, String> headers;
  private final Body body;

  private Response(int status, Map<String, String> headers, Body body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** The answer, without the interim ones before it; also one that gives the connection away (101). */
  static Response read(Connection connection) throws IOException {
    for (int interim = 0; interim < 4; interim++) {
      Response response = next(connection);
      if (response.status >= 200 || response.status == SWITCHED) {
        return response;
      }
    }
    throw new IOException("the agent's answer does not come to the point");
  }

  /** The next head, an interim one too. */
  static Response next(Connection connection) throws IOException {
    int status = status(line(connection));
    Map<String, String> headers = headers(connection);
    return new Response(status, headers, Body.of(connection, status, headers));
  }

  InputStream body() {
    return body;
  }

  /** Whether the end of the body can be told from a connection that broke. */
  boolean framed() {
    return !(body instanceof Unbounded);
  }

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** The whole body; longer than {@code limit} is an error. */
  byte[] bytes(int limit) throws IOException {
    byte[] bytes = body.readNBytes(limit);
    if (bytes.length == limit && body.read() >= 0) {
      throw new TooLongException("the agent's answer is longer than " + limit + " bytes");
    }
    return bytes;
  }

  /** An answer that is larger than anybody wants to hold. */
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    private TooLongException(String message) {
      super(message);
    }
  }

  /** Whether the connection is free for the next request. */
  boolean reusable() {
    return body.finished() && !header("connection").toLowerCase(Locale.ROOT).contains("close");
  }

  static String line(Connection connection) throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = connection.read(); next != '\n'; next = connection.read()) {
      if (line.length() >= LINE_BYTES) {
        throw new IOException("the agent's answer has a line longer than " + LINE_BYTES + " bytes");
      }
      line.append((char) next);
    }
    int end = line.length();
    return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
  }

  private static int status(String line) throws IOException {
    if (!line.startsWith("HTTP/1.1 ") || line.length() < 12) {
      throw new IOException("what answers is no agent: '" + Texts.clean(line, 60) + "'");
    }
    try {
      return Integer.parseInt(line.substring(9, 12));
    } catch (NumberFormatException e) {
      throw new IOException("the agent's status is no number: '" + Texts.clean(line, 60) + "'", e);
    }
  }

  private static Map<String, String> headers(Connection connection) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (int count = 0; count < LINES; count++) {
      String line = line(connection);
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    throw new IOException("the agent's answer has more than " + LINES + " header lines");
  }

  /** Bytes of a body: of a known length, in chunks, or up to the end of the connection. */
  private abstract static class Body extends InputStream {
    final Connection connection;
    boolean finished;

    Body(Connection connection) {
      this.connection = connection;
    }

    static Body of(Connection connection, int status, Map<String, String> headers) throws IOException {
      if (status < 200 || status == 204 || status == 304) {
        return new Measured(connection, 0);
      }
      if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
        return new Chunked(connection);
      }
      String length = headers.get("content-length");
      if (length == null) {
        return new Unbounded(connection);
      }
      try {
        return new Measured(connection, Long.parseUnsignedLong(length));
      } catch (NumberFormatException e) {
        throw new IOException("the agent's content length is no number", e);
      }
    }

    boolean finished() {
      return finished;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }

  private static final class Measured extends Body {
    private long left;

    Measured(Connection connection, long length) {
      super(connection);
      left = length;
      finished = left == 0;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (finished || length == 0) {
        return finished ? -1 : 0;
      }
      int count = connection.read(into, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("the agent closed the connection inside an answer");
      }
      left -= count;
      finished = left == 0;
      return count;
    }
  }

  private static final class Chunked extends Body {
    private long left;
    private boolean inside;

    Chunked(Connection connection) {
      super(connection);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (finished || length == 0) {
        return finished ? -1 : 0;
      }
      if (left == 0 && !nextChunk()) {
        return -1;
      }
      int count = connection.read(into, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("the agent closed the connection inside an answer");
      }
      left -= count;
      return count;
    }

    private boolean nextChunk() throws IOException {
      if (inside && !line(connection).isEmpty()) {
        throw new IOException("the agent's answer has a chunk of another length than it said");
      }
      inside = true;
      String size = line(connection);
      int end = size.indexOf(';');
      try {
        left = Long.parseLong(size, 0, end < 0 ? size.length() : end, 16);
      } catch (NumberFormatException e) {
        throw new IOException("the agent's chunk has no length", e);
      }
      if (left < 0) {
        throw new IOException("the agent's chunk has a negative length");
      }
      if (left > 0) {
        return true;
      }
      headers(connection);
      finished = true;
      return false;
    }
  }

  private static final class Unbounded extends Body {
    Unbounded(Connection connection) {
      super(connection);
    }

    @Override
    boolean finished() {
      return false;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return connection.read(into, offset, length);
    }
  }
}
