package dev.wrenn.proxy.internal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A client that sends exactly the bytes that a test wants. Every wait has an end. */
final class Raw implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  final Socket socket;
  final InputStream in;
  final OutputStream out;

  Raw(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  record Answer(int status, String head, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    List<String> headers(String name) {
      return head.lines().skip(1).filter(l -> l.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(l -> l.substring(name.length() + 1).strip()).toList();
    }

    String header(String name) {
      return headers(name).isEmpty() ? null : headers(name).getFirst();
    }
  }

  Raw send(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return this;
  }

  /** @param lines more header lines */
  Raw get(String host, String target, String... lines) throws IOException {
    return request("GET", host, target, lines);
  }

  Raw request(String method, String host, String target, String... lines) throws IOException {
    StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
    for (String line : lines) {
      request.append(line).append("\r\n");
    }
    return send(request.append("\r\n").toString());
  }

  Answer answer() throws IOException {
    return answer(false);
  }

  String head() throws IOException {
    return Guest.readHead(in);
  }

  Answer answer(boolean toHead) throws IOException {
    String head = head();
    int status = Integer.parseInt(head.substring(9, 12));
    Answer bare = new Answer(status, head, new byte[0]);
    if (toHead || status == 204 || status == 304 || status < 200) {
      return bare;
    }
    if ("chunked".equals(bare.header("Transfer-Encoding"))) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
        all.write(chunk);
      }
      return new Answer(status, head, all.toByteArray());
    }
    String length = bare.header("Content-Length");
    return new Answer(status, head, length == null ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length)));
  }

  /** The next chunk of a chunked body; the last, empty one takes its trailers along. */
  byte[] chunk() throws IOException {
    int size = Integer.parseInt(Guest.readLine(in), 16);
    byte[] bytes = in.readNBytes(size);
    if (size == 0) {
      trailers = Guest.readHead(in);
    } else {
      Guest.readLine(in);
    }
    return bytes;
  }

  String trailers = "";

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
