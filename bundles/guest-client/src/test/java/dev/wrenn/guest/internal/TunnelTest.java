package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections through the real agent to servers of this machine's loopback. */
class TunnelTest {
  private AgentProcess agent;
  private GuestClient client;
  private ServerSocket server;
  private ExecutorService threads;

  @BeforeEach
  void start() throws Exception {
    agent = new AgentProcess();
    client = agent.ready();
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stop() throws Exception {
    if (agent != null) {
      client.close();
      agent.close();
      server.close();
      threads.close();
    }
  }

  @Test
  void bytesGoBothWaysAndEachDirectionEndsByItself() throws Exception {
    byte[] bytes = new byte[5_000_000];
    new Random(7).nextBytes(bytes);
    Future<?> echo = threads.submit(() -> {
      try (Socket accepted = server.accept()) {
        accepted.getInputStream().transferTo(accepted.getOutputStream());
      }
      return null;
    });
    try (GuestSocket socket = client.connect(server.getLocalPort(), soon())) {
      Future<byte[]> read = threads.submit(() -> socket.input().readAllBytes());
      socket.output().write(bytes);
      socket.endOutput();
      socket.endOutput();
      assertArrayEquals(bytes, read.get());
      echo.get();
    }
  }

  @Test
  void aServerThatSpeaksFirstIsHeard() throws Exception {
    threads.submit(() -> {
      try (Socket accepted = server.accept()) {
        accepted.getOutputStream().write("220 hello\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      return null;
    });
    try (GuestSocket socket = client.connect(server.getLocalPort(), soon())) {
      assertEquals("220 hello\r\n", new String(socket.input().readAllBytes(), StandardCharsets.US_ASCII));
    }
  }

  @Test
  void refusalsAreExact() throws Exception {
    int free = server.getLocalPort();
    server.close();
    assertEquals(Code.NOT_FOUND, failure(() -> client.connect(free, soon())).code());
    assertEquals(Code.FORBIDDEN, failure(() -> client.connect(agent.address.getPort(), soon())).code());
  }

  @Test
  void theEndOfTheClientIsAFailureForReadersAndWriters() throws Exception {
    try (GuestSocket socket = client.connect(server.getLocalPort(), soon()); Socket accepted = server.accept()) {
      Future<Integer> reading = threads.submit(() -> socket.input().read());
      Future<?> writing = threads.submit(() -> {
        for (byte[] piece = new byte[64 << 10]; ; ) {
          socket.output().write(piece);
        }
      });
      accepted.getInputStream().readNBytes(100_000);
      client.close();
      assertTrue(assertThrows(ExecutionException.class, reading::get).getCause() instanceof IOException);
      assertTrue(assertThrows(ExecutionException.class, writing::get).getCause() instanceof IOException);
      assertThrows(IOException.class, () -> socket.input().read());
    }
    assertEquals(Code.UNAVAILABLE, failure(() -> client.connect(server.getLocalPort(), soon())).code());
  }

  @Test
  void closingFromElsewhereEndsAWaitAndTheServerSeesAPoliteEnd() throws Exception {
    GuestSocket socket = client.connect(server.getLocalPort(), soon());
    try (Socket accepted = server.accept()) {
      Future<Integer> reading = threads.submit(() -> socket.input().read());
      socket.output().write(7);
      assertEquals(7, accepted.getInputStream().read());
      socket.close();
      socket.close();
      assertTrue(assertThrows(ExecutionException.class, reading::get).getCause() instanceof IOException);
      assertEquals(-1, accepted.getInputStream().read());
    }
  }

  @Test
  void theAgentItselfCanBeSpokenTo() throws Exception {
    try (GuestSocket socket = client.connectAgent(soon())) {
      socket.output().write("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertTrue(new String(socket.input().readAllBytes(), StandardCharsets.US_ASCII).startsWith("HTTP/1.1 204 "));
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private static GuestException failure(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(GuestException.class, call);
  }
}
