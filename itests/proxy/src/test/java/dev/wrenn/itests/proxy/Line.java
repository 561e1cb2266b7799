package dev.wrenn.itests.proxy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A connection to the platform under a host name that no resolver knows. Every wait has an end. */
final class Line implements AutoCloseable {
  final Socket socket;
  final InputStream in;
  final OutputStream out;

  Line(URI base) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), base.getPort());
    socket.setSoTimeout(120_000);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  record Answer(int status, String head, String body) {}

  Line request(String method, String host, String target, String... lines) throws IOException {
    StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
    for (String line : lines) {
      text.append(line).append("\r\n");
    }
    out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    return this;
  }

  Answer answer() throws IOException {
    String head = head();
    int status = Integer.parseInt(head.substring(9, 12));
    String lower = head.toLowerCase(Locale.ROOT);
    if (status == 204 || status < 200) {
      return new Answer(status, head, "");
    }
    int at = lower.indexOf("\ncontent-length: ");
    int length = at < 0 ? 0 : Integer.parseInt(head.substring(at + 17, head.indexOf('\n', at + 1)).strip());
    return new Answer(status, head, new String(at < 0 ? chunks() : in.readNBytes(length), StandardCharsets.UTF_8));
  }

  String head() throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line).append('\n');
    }
    return head.toString();
  }

  byte[] chunk() throws IOException {
    byte[] bytes = in.readNBytes(Integer.parseInt(line(), 16));
    line();
    return bytes;
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
      all.write(chunk);
    }
    return all.toByteArray();
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended after: " + line);
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
