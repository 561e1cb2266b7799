package dev.wrenn.proxy.internal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.List;

/** A server in a capsule that plays a script over real TCP. */
final class Guest implements AutoCloseable {
  /** What it does with a connection whose request's head it has read. */
  interface Script {
    void play(Call call) throws Exception;
  }

  private final ServerSocket listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  final List<Throwable> failures = new CopyOnWriteArrayList<>();

  Guest(Script script) throws IOException {
    Thread.ofVirtual().start(() -> {
      while (!listener.isClosed()) {
        try {
          Socket socket = listener.accept();
          open.add(socket);
          Thread.ofVirtual().start(() -> play(script, socket));
        } catch (IOException closed) {
          return;
        }
      }
    });
  }

  private void play(Script script, Socket socket) {
    try (socket) {
      script.play(new Call(socket));
    } catch (Exception e) {
      failures.add(e);
    } finally {
      open.remove(socket);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  int open() {
    return open.size();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  static final class Call {
    final Socket socket;
    final InputStream in;
    final OutputStream out;
    /** The request's head as it came, without the empty line. */
    final String head;

    Call(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
      this.head = readHead(in);
    }

    String line() {
      return head.split("\r\n", 2)[0];
    }

    List<String> headers(String name) {
      return head.lines().skip(1).filter(l -> l.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(l -> l.substring(name.length() + 1).strip()).toList();
    }

    byte[] body() throws IOException {
      if (headers("Transfer-Encoding").contains("chunked")) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(readLine(in), 16); size > 0; size = Integer.parseInt(readLine(in), 16)) {
          all.write(in.readNBytes(size));
          readLine(in);
        }
        for (String trailer = readLine(in); !trailer.isEmpty(); trailer = readLine(in)) {
          all.write(("|" + trailer).getBytes(StandardCharsets.ISO_8859_1));
        }
        return all.toByteArray();
      }
      return headers("Content-Length").isEmpty() ? new byte[0] : in.readNBytes(Integer.parseInt(headers("Content-Length").getFirst()));
    }

    void send(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    void answer(String text) throws IOException {
      send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
    }
  }

  static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      head.append(line).append("\r\n");
    }
    return head.toString();
  }

  static String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new java.io.EOFException("the connection ended after: " + line.toString(StandardCharsets.ISO_8859_1));
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
