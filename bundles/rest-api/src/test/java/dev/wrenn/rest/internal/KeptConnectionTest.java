package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Clients send head and body of a request one after the other, and their next request by the same connection: also when they were refused meanwhile. */
class KeptConnectionTest {
  private static final Pattern LENGTH = Pattern.compile("content-length: (\\d+)");
  private static final String EXEC = "/v1/capsules/cl-0000000000000000000000009/exec";
  private static final String BODY = "{\"cmd\":\"true\"}";

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String head(String path, String key, int length) {
    return "POST " + path + " HTTP/1.1\r\nHost: here\r\nX-API-Key: " + key + "\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n";
  }

  /** @return the status of one answer, which is read to its end */
  private static int answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the connection was closed: " + head);
      }
      head.append((char) c);
    }
    Matcher length = LENGTH.matcher(head.toString().toLowerCase(Locale.ROOT));
    if (length.find()) {
      in.readNBytes(Integer.parseInt(length.group(1)));
    }
    return Integer.parseInt(head.substring(9, 12));
  }

  @Test
  void whoWasRefusedAsksAgain() throws Exception {
    try (TestServer server = new TestServer(Map.of()); Socket socket = new Socket("127.0.0.1", server.uri("/").getPort())) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      socket.setSoTimeout(20_000);
      for (int i = 0; i < 2; i++) {
        send(socket, head(EXEC, "wrn_wrong", BODY.length()));
        assertEquals(401, answer(in));
        send(socket, BODY);
      }
      send(socket, head("/v1/capsules", TestPlatform.KEY, 2) + "{}");
      assertEquals(201, answer(in));
    }
  }

  /** More than anybody should wait for. */
  @Test
  void nobodyReadsALargeBodyToItsEnd() throws Exception {
    try (TestServer server = new TestServer(Map.of()); Socket socket = new Socket("127.0.0.1", server.uri("/").getPort())) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      socket.setSoTimeout(20_000);
      send(socket, head(EXEC, "wrn_wrong", Integer.MAX_VALUE));
      assertEquals(401, answer(in));
      String some = "x".repeat(1 << 16);
      assertThrows(IOException.class, () -> {
        for (int i = 0; i < 10_000; i++) {
          send(socket, some);
        }
      });
    }
  }
}
