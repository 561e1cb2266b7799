package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import dev.wrenn.itests.Talk;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;

/** A capsule with one stream of each kind under way: a download, three uploads, a terminal and an answer of a server in it. */
final class BusyCapsule implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(120);
  private static final long LARGE = 1L << 30;
  private static final int SENT = 16 << 20;
  private static final int PORT = 8000;
  private static final String SERVER = """
      import socket, threading, time
      def serve(client):
          try:
              client.recv(65536)
              client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nConnection: close\\r\\n\\r\\n")
              while True:
                  client.sendall(b"tick\\n")
                  time.sleep(0.02)
          except OSError:
              client.close()
      listener = socket.create_server(("127.0.0.1", 8000))
      while True:
          threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
      """;

  final String id;
  final String tag;
  final Talk terminal;
  private final RunningPlatform platform;
  private final Api api;
  private final HttpClient http;
  private final Line download;
  private final List<Line> uploads;
  private final Line paused;
  private final Line stream;

  BusyCapsule(RunningPlatform platform, HttpClient http) throws Exception {
    this.platform = platform;
    this.api = platform.api();
    this.http = http;
    id = api.create();
    api.sh(id, "mkdir /root/up && echo old content > /root/up/old && truncate -s " + LARGE + " /root/large && cat > /root/server.py <<'END'\n" + SERVER + "END");
    api.background(id, "exec python3 /root/server.py");
    terminal = Talk.open(http, platform, "/v1/capsules/" + id + "/pty");
    terminal.send("{\"type\":\"start\",\"cmd\":\"/bin/sh\",\"envs\":{\"PS1\":\"$ \"}}");
    tag = terminal.next("started").get("tag").asText();
    terminal.type("echo $((20+3))before\r").until("23before");
    stream = openStream();
    download = openDownload();
    uploads = List.of(openUpload("new"), openUpload("old"));
    paused = openUpload("paused");
  }

  private Line request(String method, String path, String... more) throws IOException {
    String[] lines = java.util.stream.Stream.concat(java.util.stream.Stream.of("Host: x", "X-API-Key: " + platform.apiKey()), java.util.Arrays.stream(more))
        .toArray(String[]::new);
    return new Line(platform.base(), 8192).head(method, "/v1/capsules/" + id + "/files/raw?path=" + path, lines);
  }

  private Line openDownload() throws IOException {
    Line line = request("GET", "/root/large");
    assertEquals(LARGE, line.expectOk());
    assertEquals(65536, line.in().readNBytes(65536).length);
    return line;
  }

  /** Sends the first megabytes of a larger file. It returns only after most of them have been taken. */
  private Line openUpload(String name) throws IOException {
    Line line = request("PUT", "/root/up/" + name, "Content-Length: " + LARGE);
    byte[] block = new byte[1 << 16];
    for (int sent = 0; sent < SENT; sent += block.length) {
      line.bytes(block);
    }
    return line;
  }

  private Line openStream() throws Exception {
    return Await.until("the server in the capsule", START, () -> {
      Line line = new Line(platform.base(), 8192).head("GET", "/", "Host: " + PORT + "-" + id + ".x");
      try {
        line.expectOk();
        for (String tick = line.line(); !tick.equals("tick"); tick = line.line()) {
          // Sizes of chunks.
        }
        return line;
      } catch (IOException | AssertionError notYet) {
        line.close();
        throw new IOException("no stream yet", notYet);
      }
    }, line -> true);
  }

  /**
   * How it ended.
   *
   * @param terminal what the terminal said last
   * @param paused what an upload was told whose client waits; −1: nothing, its connection ended
   */
  record Ends(String terminal, int paused) {}

  /** Every client notices, and none of them takes what it got for whole. */
  Ends allEnd() throws Exception {
    Line.Rest got = download.rest();
    assertTrue(got.bytes() < LARGE - 65536, "a download that was cut looks whole");
    for (Line upload : uploads) {
      Thread sender = Thread.ofVirtual().start(() -> goOn(upload));
      int status = upload.status();
      upload.close();
      sender.join();
      assertTrue(status == -1 || status == 409 || status == 502 || status == 503, "an upload that was cut ended with " + status);
    }
    Line.Rest ticks = stream.rest();
    assertFalse(ticks.tail().endsWith("0\r\n\r\n"), "a stream that was cut has a proper end");
    return new Ends(terminal.end(), paused.status());
  }

  /** Only who goes on sending hears that nobody takes it any more. */
  private static void goOn(Line upload) {
    byte[] block = new byte[1 << 16];
    try {
      for (long sent = SENT; sent < LARGE; sent += block.length) {
        upload.bytes(block);
      }
    } catch (IOException ended) {
      // That is what is waited for; the status tells how.
    }
  }

  /** All of it can be done again, in the same capsule; what was half done has left nothing. */
  void worksAgain(boolean replay) throws Exception {
    assertEquals("running", api.capsule(id).get("status").asText());
    assertEquals("old\nold content\n", Await.until("uploads that are cleaned up", Duration.ofSeconds(60),
        () -> api.sh(id, "ls -A /root/up; cat /root/up/old").get("stdout").asText(), text -> text.startsWith("old\nold")));
    openStream().close();
    openDownload().close();
    try (Talk again = Talk.open(http, platform, "/v1/capsules/" + id + "/pty")) {
      again.send("{\"type\":\"connect\",\"tag\":\"" + tag + "\"}");
      assertEquals(tag, again.next("started").get("tag").asText());
      if (replay) {
        again.until("23before");
      }
      again.type("echo $((40+3))after\r").until("43after");
    }
  }

  @Override
  public void close() throws IOException {
    terminal.close();
    stream.close();
    download.close();
    paused.close();
    for (Line upload : uploads) {
      upload.close();
    }
  }
}
