package dev.wrenn.hypervisor.qemu.internal;

import static org.junit.jupiter.api.Assertions.*;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The framing and the deadlines, against a socket that says what the test wants; QEMU itself answers in the driver's kit. */
class QmpTest {
  private static final String GREETING = "{\"QMP\": {\"version\": {}}}\r\n{\"return\": {}}\r\n";

  @TempDir private Path place;
  private ServerSocketChannel server;

  @BeforeEach
  void listen() throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket()));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** It waits for room on the host's file system, and has all that it had. */
  @Test
  void aGuestThatStandsStillForWantOfRoomIsTakenOver() throws Exception {
    Handle handle = new Handle("hypervisor", "qemu", "1", new PlanId("cl-a", 1), Map.of("qmp", socket().toString()));
    saying(GREETING + "{\"return\": {\"status\": \"io-error\"}}\r\n", false);
    assertEquals("", QemuHypervisor.doubt(handle, soon()));
    saying(GREETING + "{\"return\": {\"status\": \"internal-error\"}}\r\n", false);
    assertEquals("QEMU says that it is internal-error", QemuHypervisor.doubt(handle, soon()));
  }

  private Path socket() {
    return place.resolve("qmp");
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  /** Accepts one caller and says that, in pieces of one byte, then closes if told so. */
  private void saying(String words, boolean close) {
    Thread.startVirtualThread(() -> {
      try {
        SocketChannel caller = server.accept();
        for (byte b : words.getBytes(StandardCharsets.UTF_8)) {
          caller.write(ByteBuffer.wrap(new byte[] {b}));
        }
        if (close) {
          caller.close();
        }
      } catch (IOException left) {
        // The caller has heard enough.
      }
    });
  }

  @Test
  void readsPastEventsToTheAnswer() throws Exception {
    saying(GREETING + "{\"event\": \"RESUME\"}\r\n{\"return\": {\"status\": \"running\"}}\r\n", false);
    try (Qmp qmp = Qmp.call(socket(), soon())) {
      assertEquals("running", qmp.status(soon()));
    }
  }

  @Test
  void anEventThatCameBeforeTheAnswerIsNotLost() throws Exception {
    saying(GREETING + "{\"event\": \"STOP\"}\r\n{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\r\n{\"return\": {}}\r\n", false);
    try (Qmp qmp = Qmp.call(socket(), soon())) {
      qmp.execute("migrate-incoming", soon());
      assertEquals("completed", qmp.awaitEvent(Set.of("MIGRATION"), soon()).path("data").path("status").asText());
    }
  }

  @Test
  void aRefusalCarriesQemusWords() throws Exception {
    saying(GREETING + "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}}\r\n", false);
    try (Qmp qmp = Qmp.call(socket(), soon())) {
      DriverException refused = assertThrows(DriverException.class, () -> qmp.execute("nonsense", soon()));
      assertEquals("no such thing", refused.detail());
    }
  }

  @Test
  void silenceEndsAtTheDeadline() {
    saying("", false);
    long begun = System.nanoTime();
    DriverException late = assertThrows(DriverException.class, () -> Qmp.call(socket(), Deadline.after(Duration.ofMillis(200))));
    assertEquals(DriverException.Code.TIMEOUT, late.code());
    assertTrue(System.nanoTime() - begun < 5_000_000_000L);
  }

  @Test
  void aClosedSocketIsNoTimeout() {
    saying(GREETING, true);
    assertThrows(IOException.class, () -> {
      try (Qmp qmp = Qmp.call(socket(), soon())) {
        qmp.status(soon());
      }
    });
  }

  @Test
  void noSocketIsAnIoError() {
    assertThrows(IOException.class, () -> Qmp.call(place.resolve("none"), soon()));
  }

  @Test
  void anEndlessLineIsRefused() {
    saying("x".repeat((1 << 20) + 100_000), false);
    assertThrows(IOException.class, () -> Qmp.call(socket(), soon()));
  }
}
