package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestReady;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessSelector.Pid;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A guest may answer anything: the host must come to a bounded, clean failure. */
class HostileAgentTest {
  private static final String STREAM = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  private ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger calls = new AtomicInteger();

  @FunctionalInterface
  private interface Behaviour {
    void answer(Socket socket, int call) throws IOException;
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Test
  void statusLinesHeadersAndLengthsAreBounded() {
    for (String answer : new String[] {"SSH-2.0-hello\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nA: " + "x".repeat(9_000) + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(70) + "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nxx\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx",
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(9), "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nnot-json", ""}) {
      GuestException failure = says(answer, client -> client.processes().list());
      assertEquals(Code.UNAVAILABLE, failure.code(), answer);
    }
  }

  @Test
  void anEndlessAnswerIsGivenUp() {
    serve((socket, call) -> {
      OutputStream out = socket.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] junk = new byte[1 << 16];
      while (true) {
        out.write(junk);
      }
    });
    try (GuestClient client = client()) {
      assertTrue(assertThrows(GuestException.class, () -> client.processes().list()).getMessage().contains("longer than"));
    }
  }

  @Test
  void silenceIsATimeout() {
    serve((socket, call) -> {});
    try (GuestClient client = client()) {
      assertEquals(Code.TIMEOUT, assertThrows(GuestException.class, () -> client.processes().list()).code());
      assertEquals(Code.TIMEOUT, assertThrows(GuestException.class, () -> client.processes().start(ProcessSpec.of("true"))).code());
    }
  }

  @Test
  void aRequestThatNobodyTakesIsATimeout() {
    serve((socket, call) -> {});
    try (GuestClient client = client()) {
      byte[] much = new byte[64 << 20];
      assertEquals(Code.TIMEOUT, assertThrows(GuestException.class, () -> client.processes().write(new Pid(1), much)).code());
      assertEquals(Code.TIMEOUT,
          assertThrows(GuestException.class, () -> client.processes().start(ProcessSpec.of("true", "x".repeat(32 << 20)))).code());
    }
  }

  @Test
  void streamsWithOddMessagesBreakOff() {
    for (byte[] message : new byte[][] {envelope(0, "{\"event\":{\"data\":{\"stdout\":\"eA==\"}}}"), envelope(0, "not json"), envelope(9, "{}"),
        envelope(2, "{}"), ByteBuffer.allocate(5).put((byte) 0).putInt(Integer.MAX_VALUE).array(), ByteBuffer.allocate(5).put((byte) 0)
            .putInt(-1).array(), envelope(0, "[".repeat(2_000)), new byte[] {0, 0}}) {
      serve((socket, call) -> {
        chunk(socket, STREAM, message);
        socket.close();
      });
      try (GuestClient client = client()) {
        GuestException failure = assertThrows(GuestException.class, () -> client.processes().start(ProcessSpec.of("true")));
        assertTrue(Set.of(Code.UNAVAILABLE, Code.AGENT).contains(failure.code()), failure.toString());
      }
    }
  }

  @Test
  void errorsKeepTheirCodesAndLoseTheirControlCharacters() {
    for (String[] pair : new String[][] {{"not_found", "NOT_FOUND"}, {"invalid_argument", "INVALID"}, {"failed_precondition", "CONFLICT"},
        {"already_exists", "CONFLICT"}, {"unauthenticated", "UNAUTHENTICATED"}, {"permission_denied", "FORBIDDEN"},
        {"resource_exhausted", "NO_CAPACITY"}, {"unavailable", "UNAVAILABLE"}, {"deadline_exceeded", "TIMEOUT"}, {"canceled", "TIMEOUT"},
        {"internal", "AGENT"}, {"unknown", "AGENT"}, {"unimplemented", "AGENT"}, {"data_loss", "AGENT"}, {"out_of_range", "INVALID"},
        {"aborted", "CONFLICT"}, {"made_up", "AGENT"}}) {
      String error = "{\"code\":\"" + pair[0] + "\",\"message\":\"so\\u001b[31m it is\"}";
      GuestException unary = says("HTTP/1.1 500 No\r\nContent-Length: " + error.length() + "\r\n\r\n" + error, client -> client.processes().list());
      assertEquals(pair[1] + " so [31m it is", unary.code() + " " + unary.getMessage());
      serve((socket, call) -> chunk(socket, STREAM, envelope(2, "{\"error\":" + error + "}")));
      try (GuestClient client = client()) {
        assertEquals(Code.valueOf(pair[1]), assertThrows(GuestException.class, () -> client.processes().start(ProcessSpec.of("x"))).code());
      }
    }
    assertEquals(Code.UNAUTHENTICATED, says("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", client -> client.processes().list()).code());
    assertEquals(Code.UNAVAILABLE, says("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", client -> client.processes().list()).code());
  }

  @Test
  void aStreamThatOnlyKeepsAliveGoesOnAndOneThatIsSilentIsBroken() throws Exception {
    serve((socket, call) -> {
      chunk(socket, STREAM, envelope(0, "{\"event\":{\"start\":{\"pid\":5}}}"));
      for (int i = 0; i < 3; i++) {
        chunk(socket, "", envelope(0, "{\"event\":{\"keepalive\":{}}}"));
      }
      chunk(socket, "", envelope(0, "{\"event\":{\"data\":{\"stdout\":\"eA==\"}}}"));
    });
    try (GuestClient client = client(); ProcessStream stream = client.processes().start(ProcessSpec.of("x"))) {
      assertEquals(new ProcessEvent.Started(5), stream.next().orElseThrow());
      assertTrue(stream.next().orElseThrow() instanceof ProcessEvent.Output);
      assertEquals(Code.TIMEOUT, assertThrows(GuestException.class, stream::next).code());
      assertTrue(stream.next().isEmpty());
    }
  }

  @Test
  void aKeptConnectionThatDiedCostsARepeatableCallNothing() throws Exception {
    serve((socket, call) -> {
      if (call == 1) {
        socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".getBytes(StandardCharsets.US_ASCII));
        read(socket);
        socket.close();
      } else {
        socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".getBytes(StandardCharsets.US_ASCII));
      }
    });
    try (GuestClient client = client()) {
      client.processes().list();
      client.processes().list();
      assertEquals(2, calls.get());
    }
  }

  @Test
  void readinessOutlastsRefusalsSilenceAndHalfAnswers() throws Exception {
    int port = server.getLocalPort();
    server.close();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    Thread late = Thread.ofVirtual().start(() -> {
      try {
        Thread.sleep(150);
        server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        serve((socket, call) -> {
          switch (call) {
            case 1, 2 -> { }
            case 3 -> socket.close();
            case 4 -> socket.getOutputStream().write("HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII));
            case 5 -> socket.getOutputStream().write("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            default -> socket.getOutputStream()
                .write("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"version\":\"9.9\"}".getBytes(StandardCharsets.US_ASCII));
          }
        });
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    try (GuestClient client = new HttpGuestClients(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1))
        .connect(address, () -> "t", "cl-x.1")) {
      GuestReady ready = client.awaitReady(AgentProcess.init(1), Deadline.after(Duration.ofSeconds(20)), new CompletableFuture<>());
      assertEquals("9.9", ready.version().orElseThrow());
      assertEquals(6, calls.get());
      assertTrue(ready.tries() > 6, ready + " should count the refusals too");
    }
    late.join();
  }

  @Test
  void readinessEndsAtOnceWithTheMicroVmAndInTimeWithoutAnAnswer() throws Exception {
    serve((socket, call) -> {});
    CompletableFuture<String> ended = new CompletableFuture<>();
    try (GuestClient client = client()) {
      GuestException late = assertThrows(GuestException.class,
          () -> client.awaitReady(AgentProcess.init(1), Deadline.after(Duration.ofMillis(300)), ended));
      assertEquals(Code.TIMEOUT, late.code());
      ended.complete("kernel panic");
      long began = System.nanoTime();
      GuestException gone = assertThrows(GuestException.class,
          () -> client.awaitReady(AgentProcess.init(1), Deadline.after(Duration.ofSeconds(20)), ended));
      assertEquals(Code.UNAVAILABLE, gone.code());
      assertTrue(gone.getMessage().contains("kernel panic"), gone.getMessage());
      assertTrue(System.nanoTime() - began < 1_000_000_000L, "it waited on");
    }
  }

  private interface Call {
    void on(GuestClient client) throws GuestException;
  }

  private GuestException says(String answer, Call call) {
    serve((socket, number) -> {
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      socket.close();
    });
    try (GuestClient client = client()) {
      return assertThrows(GuestException.class, () -> call.on(client), answer);
    }
  }

  private volatile Behaviour behaviour;
  private volatile ServerSocket served;

  /** Answers each connection's first request so from now on. */
  private void serve(Behaviour next) {
    calls.set(0);
    behaviour = next;
    ServerSocket listening = server;
    if (served == listening) {
      return;
    }
    served = listening;
    Thread.ofVirtual().start(() -> {
      while (!listening.isClosed()) {
        try {
          Socket socket = listening.accept();
          sockets.add(socket);
          int number = calls.incrementAndGet();
          Behaviour now = behaviour;
          Thread.ofVirtual().start(() -> {
            try {
              if (number > 0 && !(now == null)) {
                read(socket);
                now.answer(socket, number);
              }
            } catch (IOException e) {
              // The client went away, as it should.
            }
          });
        } catch (IOException e) {
          // Closed.
        }
      }
    });
  }

  /** The head of a request; bodies of these tests come with it or don't matter. */
  private static void read(Socket socket) throws IOException {
    byte[] some = new byte[4096];
    if (socket.getInputStream().read(some) < 0) {
      throw new IOException("closed");
    }
  }

  private static void chunk(Socket socket, String head, byte[] message) throws IOException {
    byte[] size = (head + Integer.toHexString(message.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    socket.getOutputStream().write(ByteBuffer.allocate(size.length + message.length + 2).put(size).put(message).put((byte) '\r')
        .put((byte) '\n').array());
  }

  private static byte[] envelope(int flags, String json) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(5 + text.length).put((byte) flags).putInt(text.length).put(text).array();
  }

  private GuestClient client() {
    return new HttpGuestClients(Duration.ofSeconds(1), Duration.ofMillis(700), Duration.ofMillis(200))
        .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), () -> "t", "cl-x.1");
  }
}
