package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever gives the content of an upload may stand still: what becomes of the agent meanwhile is noticed all the same. */
@Timeout(120)
class StandstillTest {
  private static final OptionalLong LENGTH = OptionalLong.of(1 << 20);

  /** Gives some bytes, and then nothing until its reader is interrupted. */
  private static final class Paused extends InputStream {
    final CountDownLatch standing = new CountDownLatch(1);
    private int left = 1000;

    @Override
    public int read() {
      throw new UnsupportedOperationException("one by one");
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left > 0) {
        int count = Math.min(left, length);
        left -= count;
        return count;
      }
      standing.countDown();
      try {
        new CountDownLatch(1).await();
        return -1;
      } catch (InterruptedException e) {
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /** @return how an upload ends when that happens while it stands still */
  private static GuestException endOf(GuestClient client, String path, OptionalLong length, Step step) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Paused content = new Paused();
      Future<?> upload = threads.submit(() -> {
        try {
          return client.files().write(path, content, length);
        } finally {
          assertFalse(Thread.currentThread().isInterrupted(), "the caller is not interrupted for good");
        }
      });
      content.standing.await();
      step.run();
      return (GuestException) assertThrows(ExecutionException.class, upload::get).getCause();
    }
  }

  @Test
  void theEndOfTheAgentEndsIt() throws Exception {
    for (OptionalLong length : new OptionalLong[] {LENGTH, OptionalLong.empty()}) {
      try (AgentProcess agent = new AgentProcess(); GuestClient client = agent.ready()) {
        assertEquals(Code.UNAVAILABLE, endOf(client, "/tmp/never-written", length, agent::kill).code());
      }
    }
  }

  @Test
  void theEndOfTheClientEndsIt() throws Exception {
    try (AgentProcess agent = new AgentProcess(); GuestClient client = agent.ready()) {
      GuestException end = endOf(client, "/tmp/never-written", LENGTH, client::close);
      assertEquals(Code.UNAVAILABLE, end.code());
      assertTrue(end.getMessage().contains("is gone"), end.getMessage());
    }
  }

  @Test
  void anEarlyRefusalIsTold() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        GuestClient client = new HttpGuestClients(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(60))
            .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), () -> "t", "cl-x.1")) {
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Socket> agent = threads.submit(() -> {
          Socket socket = server.accept();
          assertTrue(socket.getInputStream().read(new byte[4096]) > 0);
          say(socket, "HTTP/1.1 100 Continue\r\n\r\n");
          return socket;
        });
        GuestException end = endOf(client, "/f", LENGTH, () -> say(agent.get(),
            "HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 41\r\n\r\n{\"code\":507,\"message\":\"the disk is full\"}"));
        assertEquals(Code.NO_CAPACITY, end.code());
        assertEquals("the disk is full", end.getMessage());
        agent.get().close();
      }
    }
  }

  private static void say(Socket socket, String words) throws IOException {
    socket.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
  }
}
