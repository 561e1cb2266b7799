package dev.wrenn.proxy.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.proxy.internal.Raw.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What flows: large, slow, endless, upgraded, torn. */
class StreamingTest {
  private static final long GIB = 1L << 30;
  private TestProxy proxy;

  @BeforeEach
  void start() throws Exception {
    proxy = new TestProxy(Map.of("answerTimeoutMillis", 120_000L));
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
  }

  private static byte[] block(long seed) {
    byte[] block = new byte[1 << 16];
    new Random(seed).nextBytes(block);
    return block;
  }

  private static long checksum(InputStream in, long length) throws IOException {
    CRC32 crc = new CRC32();
    byte[] buffer = new byte[1 << 16];
    for (long left = length; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new IOException("ended " + left + " bytes early");
      }
      crc.update(buffer, 0, read);
      left -= read;
    }
    return crc.getValue();
  }

  private static long checksum(byte[] block, long times) {
    CRC32 crc = new CRC32();
    for (long i = 0; i < times; i++) {
      crc.update(block);
    }
    return crc.getValue();
  }

  @Test
  void gibibyteEachWayInConstantMemory() throws Exception {
    byte[] block = block(1);
    long blocks = GIB / block.length;
    proxy.guest(8000, call -> {
      if (call.line().startsWith("GET")) {
        call.send("HTTP/1.1 200 OK\r\nContent-Length: " + GIB + "\r\n\r\n");
        for (long i = 0; i < blocks; i++) {
          call.out.write(block);
        }
        call.out.flush();
      } else {
        call.answer(Long.toString(checksum(call.in, GIB)));
      }
    });
    long expected = checksum(block, blocks);
    try (Raw client = proxy.client()) {
      client.get(TestProxy.host(8000), "/");
      client.head();
      assertEquals(expected, checksum(client.in, GIB));
      client.request("POST", TestProxy.host(8000), "/", "Content-Length: " + GIB);
      for (long i = 0; i < blocks; i++) {
        client.out.write(block);
      }
      client.out.flush();
      assertEquals(Long.toString(expected), client.answer().text());
    }
    // The heap of these tests is a quarter of that, so whoever held it would not be here.
    assertTrue(Runtime.getRuntime().maxMemory() < GIB, "run with a small heap, see pom.xml");
  }

  @Test
  void eventsComeOneByOne() throws Exception {
    CountDownLatch next = new CountDownLatch(1);
    CountDownLatch last = new CountDownLatch(1);
    proxy.guest(8000, call -> {
      call.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
      next.await(60, TimeUnit.SECONDS);
      call.send("data: 1\n\n");
      last.await(60, TimeUnit.SECONDS);
      call.send("data: 2\n\n");
    });
    try (Raw client = proxy.client()) {
      client.get(TestProxy.host(8000), "/");
      assertTrue(client.head().contains("text/event-stream"), "the head comes before the first event");
      next.countDown();
      assertEquals("data: 1\n\n", new String(client.chunk(), StandardCharsets.UTF_8));
      last.countDown();
      assertEquals("data: 2\n\n", new String(client.chunk(), StandardCharsets.UTF_8));
      assertEquals(0, client.chunk().length);
    }
  }

  @Test
  void answerMayFlowWhileTheRequestDoes() throws Exception {
    proxy.guest(8000, call -> {
      call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int size = Integer.parseInt(Guest.readLine(call.in), 16); size > 0; size = Integer.parseInt(Guest.readLine(call.in), 16)) {
        String text = new String(call.in.readNBytes(size), StandardCharsets.ISO_8859_1).toUpperCase(java.util.Locale.ROOT);
        Guest.readLine(call.in);
        call.send(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
      }
      call.send("0\r\n\r\n");
    });
    try (Raw client = proxy.client()) {
      client.request("POST", TestProxy.host(8000), "/", "Transfer-Encoding: chunked");
      client.head();
      for (String word : List.of("one", "two", "three")) {
        client.send(Integer.toHexString(word.length()) + "\r\n" + word + "\r\n");
        assertEquals(word.toUpperCase(java.util.Locale.ROOT), new String(client.chunk(), StandardCharsets.ISO_8859_1));
      }
      client.send("0\r\n\r\n");
      assertEquals(0, client.chunk().length);
    }
  }

  @RepeatedTest(10)
  void earlyRefusalArrivesThoughTheBodyStillFlows() throws Exception {
    proxy.guest(8000, call -> call.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!"));
    try (Raw client = proxy.client()) {
      int length = 8 << 20;
      client.request("POST", TestProxy.host(8000), "/", "Content-Length: " + length);
      client.out.write(new byte[length]);
      client.out.flush();
      Answer answer = client.answer();
      assertEquals(413, answer.status());
      assertEquals("no!", answer.text());
      assertEquals(413, client.get(TestProxy.host(8000), "/").answer().status(), "the connection goes on");
    }
  }

  @Test
  void clientThatAsksFirstGetsTheGuestsWord() throws Exception {
    proxy.guest(8000, call -> {
      if (call.line().contains("/no")) {
        call.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
      } else {
        if (call.line().contains("/yes")) {
          call.send("HTTP/1.1 100 Continue\r\n\r\n");
        }
        call.answer(new String(call.body(), StandardCharsets.ISO_8859_1));
      }
    });
    for (String path : List.of("/yes", "/silent")) {
      try (Raw client = proxy.client()) {
        client.request("POST", TestProxy.host(8000), path, "Content-Length: 5", "Expect: 100-continue");
        assertEquals(100, client.answer().status());
        assertEquals("hello", client.send("hello").answer().text());
      }
    }
    try (Raw client = proxy.client()) {
      client.request("POST", TestProxy.host(8000), "/no", "Content-Length: 5", "Expect: 100-continue");
      assertEquals(417, client.answer().status());
    }
  }

  @Test
  void upgradedConnectionCarriesBytesBothWays() throws Exception {
    proxy.guest(8000, call -> {
      assertEquals(List.of("Upgrade"), call.headers("Connection"));
      assertEquals(List.of("echo/1"), call.headers("Upgrade"));
      call.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nX-A: b\r\n\r\nfirst");
      call.in.transferTo(call.out);
      call.send("bye");
    });
    byte[] block = block(7);
    try (Raw client = proxy.client()) {
      client.get(TestProxy.host(8000), "/", "Connection: keep-alive, Upgrade", "Upgrade: echo/1");
      client.send("early");
      Answer answer = client.answer();
      assertEquals(101, answer.status());
      assertEquals("echo/1", answer.header("Upgrade"));
      assertEquals("b", answer.header("X-A"));
      assertEquals("firstearly", new String(client.in.readNBytes(10), StandardCharsets.ISO_8859_1));
      CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
        try {
          for (int i = 0; i < 256; i++) {
            client.out.write(block);
          }
          client.socket.shutdownOutput();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      assertEquals(checksum(block, 256), checksum(client.in, 256L * block.length));
      writer.join();
      assertEquals("bye", new String(client.in.readAllBytes(), StandardCharsets.ISO_8859_1), "what the guest says after the client's end");
    }
    Wait.until("nothing is left", () -> proxy.ports.open() == 0 && proxy.guests.getFirst().open() == 0 && proxy.door.streams() == 0);
  }

  @Test
  void refusedUpgradeIsAnAnswerLikeAnother() throws Exception {
    proxy.guest(8000, call -> call.answer("no upgrade"));
    try (Raw client = proxy.client()) {
      assertEquals("no upgrade", client.get(TestProxy.host(8000), "/", "Connection: Upgrade", "Upgrade: websocket").answer().text());
      assertEquals("no upgrade", client.get(TestProxy.host(8000), "/").answer().text());
    }
  }

  @Test
  void tornAnswersAreBrokenNotEnded() throws Exception {
    proxy.guest(8000, call -> {
      call.send(call.line().contains("chunked") ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    for (String path : List.of("/chunked", "/sized")) {
      try (Raw client = proxy.client()) {
        client.get(TestProxy.host(8000), path);
        client.head();
        assertThrows(SocketException.class, client.in::readAllBytes, path);
      }
    }
  }

  @Test
  void streamsOfAnEndedCapsuleAreReset() throws Exception {
    proxy.guest(8000, call -> {
      call.send(call.headers("Upgrade").isEmpty() ? "HTTP/1.1 200 OK\r\n\r\nbegun"
          : "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nbegun");
      call.in.transferTo(call.out);
    });
    try (Raw events = proxy.client(); Raw upgraded = proxy.client()) {
      events.get(TestProxy.host(8000), "/");
      upgraded.get(TestProxy.host(8000), "/", "Connection: Upgrade", "Upgrade: x");
      events.head();
      assertEquals("begun", new String(events.chunk(), StandardCharsets.ISO_8859_1));
      upgraded.head();
      assertEquals("begun", new String(upgraded.in.readNBytes(5), StandardCharsets.ISO_8859_1));
      proxy.ports.endCapsule();
      assertThrows(SocketException.class, events.in::readAllBytes);
      assertThrows(SocketException.class, upgraded.in::readAllBytes);
    }
    Wait.until("nothing is left", () -> proxy.ports.open() == 0 && proxy.door.streams() == 0);
  }

  @Test
  void guestLearnsThatItsClientHasGone() throws Exception {
    CountDownLatch silent = new CountDownLatch(3);
    proxy.guest(8000, call -> {
      if (call.line().contains("head")) {
        call.send("HTTP/1.1 200 OK\r\n\r\n");
      }
      call.body();
      assertEquals(-1, call.in.read());
      silent.countDown();
    });
    List<Raw> clients = new ArrayList<>();
    for (String path : List.of("/head", "/nothing")) {
      Raw client = proxy.client().get(TestProxy.host(8000), path);
      clients.add(client);
    }
    clients.add(proxy.client().request("POST", TestProxy.host(8000), "/posted", "Content-Length: 3").send("abc"));
    clients.getFirst().head();
    Wait.until("all are there", () -> proxy.guests.getFirst().open() == 3);
    for (Raw client : clients) {
      client.close();
    }
    assertTrue(silent.await(60, TimeUnit.SECONDS));
    Wait.until("nothing is left", () -> proxy.ports.open() == 0 && proxy.door.streams() == 0);
  }

  @Test
  void nextRequestMayComeEarly() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    proxy.guest(8000, call -> {
      if (call.line().contains("/first")) {
        go.await(60, TimeUnit.SECONDS);
      }
      call.answer(call.line());
    });
    try (Raw client = proxy.client()) {
      client.get(TestProxy.host(8000), "/first");
      Wait.until("the first is there", () -> proxy.guests.getFirst().open() == 1);
      client.get(TestProxy.host(8000), "/second").get(TestProxy.host(8000), "/third");
      go.countDown();
      for (String path : List.of("/first", "/second", "/third")) {
        assertEquals("GET " + path + " HTTP/1.1", client.answer().text());
      }
    }
  }

  @Test
  void slowReaderSlowsOnlyItself() throws Exception {
    AtomicLong sent = new AtomicLong();
    byte[] block = block(3);
    proxy.guest(8000, call -> {
      if (call.line().contains("/quick")) {
        call.answer("quick");
        return;
      }
      call.send("HTTP/1.1 200 OK\r\n\r\n");
      for (int i = 0; i < 16 << 10; i++) {
        call.out.write(block);
        sent.addAndGet(block.length);
      }
    });
    try (Raw slow = proxy.client()) {
      slow.get(TestProxy.host(8000), "/");
      slow.head();
      AtomicLong before = new AtomicLong(-1);
      AtomicLong same = new AtomicLong();
      Wait.until("the guest is held back", () -> {
        long now = sent.get();
        same.set(now == before.getAndSet(now) ? same.get() + 1 : 0);
        return same.get() > 100;
      });
      assertTrue(sent.get() < 64 << 20, "a client that reads nothing was sent " + sent.get());
      for (int i = 0; i < 20; i++) {
        try (Raw quick = proxy.client()) {
          assertEquals("quick", quick.get(TestProxy.host(8000), "/quick").answer().text());
        }
      }
    }
    Wait.until("nothing is left", () -> proxy.ports.open() == 0);
  }

  @Test
  void fiveHundredAtOnce() throws Exception {
    CountDownLatch all = new CountDownLatch(500);
    proxy.guest(8000, call -> {
      all.countDown();
      assertTrue(all.await(120, TimeUnit.SECONDS), "all are here at once");
      call.answer(call.line() + new String(call.body(), StandardCharsets.ISO_8859_1));
    });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        int number = i;
        answers.add(threads.submit(() -> {
          try (Raw client = proxy.client()) {
            client.socket.setSoTimeout(180_000);
            return client.request("POST", TestProxy.host(8000), "/" + number, "Content-Length: 4").send(String.format("%04d", number)).answer().text();
          }
        }));
      }
      for (int i = 0; i < 500; i++) {
        assertEquals("POST /" + i + " HTTP/1.1" + String.format("%04d", i), answers.get(i).get());
      }
    }
    Wait.until("nothing is left", () -> proxy.ports.open() == 0 && proxy.door.streams() == 0);
  }

  @RepeatedTest(20)
  void noneOfTheFirstRequestsGoesPast() throws Exception {
    proxy.guest(8000, call -> call.answer("guest"));
    List<Raw> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(proxy.client());
    }
    for (Raw client : clients) {
      client.get(TestProxy.host(8000), "/");
    }
    for (Raw client : clients) {
      assertEquals("guest", client.answer().text());
      client.close();
    }
  }

  @Test
  void bundleTakesItsStreamsAlongAndNothingElse() throws Exception {
    proxy.guest(8000, call -> {
      call.send("HTTP/1.1 200 OK\r\n\r\nbegun");
      call.in.read();
    });
    try (Raw page = proxy.client(); Raw stream = proxy.client()) {
      assertEquals(TestProxy.PAGE, page.get("localhost", "/").answer().text());
      stream.get(TestProxy.host(8000), "/").head();
      assertEquals("begun", new String(stream.chunk(), StandardCharsets.ISO_8859_1));
      assertEquals(2, proxy.row().size());
      proxy.remove(proxy.door);
      assertEquals(1, proxy.row().size());
      assertThrows(SocketException.class, stream.in::readAllBytes);
      assertEquals(TestProxy.PAGE, page.get("localhost", "/").answer().text(), "the same connection goes on");
      FrontDoor next = proxy.door(Map.of());
      assertEquals(TestProxy.PAGE, page.get("localhost", "/").answer().text());
      try (Raw again = proxy.client()) {
        again.get(TestProxy.host(8000), "/").head();
        assertArrayEquals("begun".getBytes(StandardCharsets.ISO_8859_1), again.chunk());
      }
      proxy.remove(next);
      assertFalse(proxy.row().stream().anyMatch(CapsuleHandler.class::isInstance));
    }
    Wait.until("nothing is left", () -> proxy.ports.open() == 0);
    assertEquals(List.of(), proxy.guests.getFirst().failures.stream().filter(AssertionError.class::isInstance).toList());
  }

  @Test
  void silentGuestMeetsItsDeadlineAndSilentStreamNone() throws Exception {
    try (TestProxy quick = new TestProxy(Map.of("answerTimeoutMillis", 300L))) {
      CountDownLatch end = new CountDownLatch(1);
      quick.guest(8000, call -> {
        if (call.line().contains("/stream")) {
          call.send("HTTP/1.1 200 OK\r\n\r\n");
        }
        if (call.line().contains("/upload")) {
          call.answer(new String(call.body(), StandardCharsets.ISO_8859_1));
          return;
        }
        end.await(60, TimeUnit.SECONDS);
        call.send("late");
      });
      try (Raw stream = quick.client(); Raw upload = quick.client(); Raw silent = quick.client()) {
        stream.get(TestProxy.host(8000), "/stream").head();
        upload.request("POST", TestProxy.host(8000), "/upload", "Content-Length: 6").send("abc");
        Answer late = silent.get(TestProxy.host(8000), "/").answer();
        assertEquals(504, late.status());
        assertTrue(late.text().contains("\"code\":\"timeout\""), late.text());
        assertEquals(504, silent.get(TestProxy.host(8000), "/").answer().status());
        assertEquals("abcdef", upload.send("def").answer().text(), "a slow client is no slow guest");
        end.countDown();
        assertEquals("late", new String(stream.chunk(), StandardCharsets.ISO_8859_1));
      }
    }
  }

  @Test
  void brokenAnswersAreToldFromBrokenPlatforms() throws Exception {
    Map<String, String> answers = Map.of("/none", "", "/garbage", "\u0000\u0001\u0002 what?\r\n\r\n", "/half", "HTTP/1.1 200 OK\r\nX-A: ",
        "/huge", "HTTP/1.1 200 OK\r\nX-A: " + "a".repeat(300_000) + "\r\n\r\n", "/large", "HTTP/1.1 200 OK\r\nX-A: " + "a".repeat(66_000) + "\r\n\r\n",
        "/upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    proxy.guest(8000, call -> call.send(answers.get(call.line().split(" ")[1])));
    for (String path : answers.keySet()) {
      try (Raw client = proxy.client()) {
        Answer answer = client.get(TestProxy.host(8000), path).answer();
        assertEquals(502, answer.status(), path);
        assertTrue(answer.text().contains("\"code\":\"bad_answer\""), answer.text());
        assertEquals(502, client.get(TestProxy.host(8000), path).answer().status(), path);
      }
    }
  }
}
