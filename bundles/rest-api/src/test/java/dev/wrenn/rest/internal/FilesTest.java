package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.CapsuleStatus;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class FilesTest {
  private static final int LIMIT = 300_000;
  private TestServer server;
  private String base;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer(Map.of("fileWriteMaxBytes", (long) LIMIT));
    base = "/v1/capsules/" + server.platform.put(CapsuleStatus.RUNNING, Optional.empty()) + "/files/";
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  /** A request whose body comes to a stand. @return its connection */
  private Socket paused(String method, String operation, String type, String begin) throws Exception {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.uri("/").getPort());
    socket.setSoTimeout(60_000);
    socket.getOutputStream().write((method + " " + base + operation + " HTTP/1.1\r\nHost: x\r\nX-API-Key: " + TestPlatform.KEY + "\r\nContent-Type: "
        + type + "\r\nContent-Length: 100000\r\n\r\n" + begin + "x".repeat(50_000)).getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @ParameterizedTest
  @CsvSource({"PUT,raw?path=/dies,application/octet-stream", "POST,stream/write?path=/dies,multipart/form-data; boundary=b0undary",
      "POST,write?path=/dies,multipart/form-data; boundary=b0undary"})
  void anUploadThatWaitsForItsClientLearnsOfTheAgentsDeath(String method, String operation, String type) throws Exception {
    try (Socket socket = paused(method, operation, type, method.equals("PUT") ? "" : part("file", "").stripTrailing() + "\r\n\r\n")) {
      // So that the wait has begun.
      server.platform.files.waiting.await();
      server.platform.files.death.countDown();
      BufferedReader answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertEquals("HTTP/1.1 503 Service Unavailable", answer.readLine());
      List<String> headers = answer.lines().takeWhile(line -> !line.isEmpty()).map(String::toLowerCase).toList();
      int length = headers.stream().filter(line -> line.startsWith("content-length: ")).mapToInt(line -> Integer.parseInt(line.substring(16))).sum();
      char[] body = new char[length];
      assertEquals(length, answer.read(body));
      assertEquals("no_hosts_available", Wire.message(new String(body)).at("/error/code").asText());
      assertTrue(headers.stream().anyMatch(line -> line.startsWith("retry-after: ")), headers.toString());
    }
    assertEquals(200, server.get(base.replaceFirst("/files/$", "")).statusCode(), "the server goes on");
  }

  @Test
  void anUploadWhoseClientIsSilentForTooLongIsToldSo() throws Exception {
    server.patience(Duration.ofMillis(300));
    try (Socket socket = paused("PUT", "raw?path=/silent", "application/octet-stream", "")) {
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(answer.startsWith("HTTP/1.1 408 ") && answer.contains("\"code\":\"request_timeout\""), answer);
    }
    assertFalse(Files.exists(server.platform.files.path("/silent")));
  }

  private static void refused(HttpResponse<String> answer, int status, String code) {
    assertEquals(status, answer.statusCode(), answer.body());
    assertEquals(code, Wire.message(answer.body()).at("/error/code").asText(), answer.body());
  }

  private static String part(String name, String content) {
    return "--b0undary\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"upload\"\r\n\r\n" + content + "\r\n";
  }

  private HttpResponse<String> form(String path, String body) throws Exception {
    return form(path, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body.getBytes(StandardCharsets.ISO_8859_1))));
  }

  private HttpResponse<String> form(String path, HttpRequest.BodyPublisher body) throws Exception {
    return server.send(server.request(base + path).header("X-API-Key", TestPlatform.KEY)
        .header("Content-Type", "multipart/form-data; boundary=b0undary").POST(body));
  }

  private HttpResponse<byte[]> read(String operation, String path, String... headers) throws Exception {
    HttpRequest.Builder request = server.request(base + operation).header("X-API-Key", TestPlatform.KEY)
        .POST(BodyPublishers.ofString(Wire.text(Map.of("path", path))));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.client().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> raw(String method, String query, String... headers) throws Exception {
    HttpRequest.Builder request = server.request(base + "raw?" + query).header("X-API-Key", TestPlatform.KEY)
        .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.client().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private byte[] content(String path) throws IOException {
    return Files.readAllBytes(server.platform.files.path(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "stream/write"})
  void writesWhatAFormBrings(String operation) throws Exception {
    byte[] noise = new byte[200_000];
    new Random(1).nextBytes(noise);
    String text = new String(noise, StandardCharsets.ISO_8859_1) + "\r\n--b0undar\r\n--b0undaX\r\n\r\r\n-";
    HttpResponse<String> answer = form(operation, part("other", "x") + part("path", "/d/a.bin") + part("file", text) + "--b0undary--\r\n");
    assertEquals(204, answer.statusCode(), answer.body());
    assertArrayEquals(text.getBytes(StandardCharsets.ISO_8859_1), content("/d/a.bin"));
    assertEquals(204, form(operation + "?x=1&path=%2Fd%2F%C3%A4%20b", part("file", "") + "--b0undary--").statusCode());
    assertEquals(0, content("/d/ä b").length);
    for (String mode : new String[] {"read", "stream/read"}) {
      HttpResponse<byte[]> back = read(mode, "/d/a.bin");
      assertEquals(200, back.statusCode());
      assertEquals("application/octet-stream", back.headers().firstValue("Content-Type").orElse(""));
      assertEquals(text.length(), back.headers().firstValueAsLong("Content-Length").orElse(-1));
      assertTrue(back.headers().firstValue("Content-Disposition").isEmpty());
      assertArrayEquals(text.getBytes(StandardCharsets.ISO_8859_1), back.body());
    }
    assertEquals(0, read("read", "/d/ä b").body().length);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      file=x,path=/p | must come before
      path=/p        | file is missing
      file=x         | must come before
      path=,file=x   | must come before
      ``             | file is missing
      """)
  void refusesFormsThatLackSomething(String fields, String hint) throws Exception {
    StringBuilder body = new StringBuilder();
    for (String field : fields.split(",")) {
      body.append(field.isEmpty() ? "" : part(field.split("=")[0], field.split("=", 2)[1]));
    }
    for (String operation : new String[] {"write", "stream/write"}) {
      HttpResponse<String> answer = form(operation, body + "--b0undary--\r\n");
      refused(answer, 400, "invalid_request");
      assertTrue(answer.body().contains(hint), answer.body());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no form at all", "--b0undary\r\n", "--b0undaryX\r\n", "--b0undary\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/p\r\n--b0undary\r\n"
      + "Content-Disposition: form-data; name=\"file\"\r\n\r\nhalf a file"})
  void refusesFormsThatBreakOff(String body) throws Exception {
    HttpResponse<String> answer = form("stream/write", body);
    refused(answer, 400, "invalid_request");
    assertTrue(answer.body().contains("malformed"), answer.body());
    assertFalse(Files.exists(server.platform.files.path("/p")), "no half file stays");
  }

  @Test
  void refusesFormsWithEndlessHeadersAndOtherTypes() throws Exception {
    refused(form("write", "--b0undary\r\nX: " + "y".repeat(10_000) + "\r\n\r\n"), 400, "invalid_request");
    refused(server.post(base + "write", "{\"path\":\"/p\"}"), 400, "invalid_request");
  }

  @Test
  void boundsSimpleWritesAndNoOthers() throws Exception {
    String body = part("path", "/big") + part("file", "x".repeat(LIMIT)) + "--b0undary--\r\n";
    refused(form("write", body), 413, "too_large");
    refused(form("write", BodyPublishers.ofString(body)), 413, "too_large");
    assertFalse(Files.exists(server.platform.files.path("/big")), "no part of it stays");
    assertEquals(204, form("stream/write", body).statusCode());
    assertEquals(LIMIT, content("/big").length);
  }

  @Test
  void writesAndReadsBareBytes() throws Exception {
    var put = server.request(base + "raw?path=/r/index.html").header("X-API-Key", TestPlatform.KEY)
        .header("Content-Type", "application/x-www-form-urlencoded").PUT(BodyPublishers.ofString("path=0123456789"));
    HttpResponse<String> answer = server.send(put);
    assertEquals(200, answer.statusCode(), answer.body());
    JsonNode entry = Wire.message(answer.body()).get("entry");
    assertEquals(15, entry.get("size").asLong());
    assertEquals("path=0123456789", new String(content("/r/index.html"), StandardCharsets.UTF_8));
    HttpResponse<byte[]> back = raw("GET", "path=%2Fr%2Findex.html");
    assertEquals("path=0123456789", new String(back.body(), StandardCharsets.UTF_8));
    assertTrue(back.headers().firstValue("Content-Type").orElse("").startsWith("text/html"));
    assertEquals("attachment; filename*=UTF-8''index.html", back.headers().firstValue("Content-Disposition").orElse(""));
    HttpResponse<byte[]> head = raw("HEAD", "path=/r/index.html");
    assertEquals(200, head.statusCode());
    assertEquals(15, head.headers().firstValueAsLong("Content-Length").orElse(-1));
    assertEquals("bytes", head.headers().firstValue("Accept-Ranges").orElse(""));
    assertEquals(404, raw("HEAD", "path=/r/nothing").statusCode());
    assertEquals(400, raw("GET", "other=1").statusCode());
    HttpResponse<byte[]> delete = raw("DELETE", "path=/r/index.html");
    assertEquals(405, delete.statusCode());
    assertEquals("GET, HEAD, PUT", delete.headers().firstValue("Allow").orElse(""));
  }

  @ParameterizedTest
  @CsvSource({"bytes=0-3,206,0123,bytes 0-3/10", "bytes=8-,206,89,bytes 8-9/10", "bytes=-3,206,789,bytes 7-9/10", "bytes=5-99,206,56789,bytes 5-9/10",
      "bytes=10-,416,,bytes */10", "'bytes=0-1,3-4',200,0123456789,", "bytes=x,200,0123456789,", "bytes=4-2,200,0123456789,", "lines=1-2,200,0123456789,",
      "bytes=99999999999999999999-,200,0123456789,"})
  void readsRanges(String range, int status, String expected, String told) throws Exception {
    Files.writeString(server.platform.files.path("/ten"), "0123456789");
    for (HttpResponse<byte[]> answer : new HttpResponse[] {read("stream/read", "/ten", "Range", range), raw("GET", "path=/ten", "Range", range)}) {
      assertEquals(status, answer.statusCode());
      assertEquals(Optional.ofNullable(told), answer.headers().firstValue("Content-Range"));
      if (expected != null) {
        assertEquals(expected, new String(answer.body(), StandardCharsets.UTF_8));
        assertEquals(expected.length(), answer.headers().firstValueAsLong("Content-Length").orElse(-1));
      } else {
        assertEquals("range_not_satisfiable", Wire.message(new String(answer.body(), StandardCharsets.UTF_8)).at("/error/code").asText());
      }
    }
  }

  @Test
  void readsFilesOfUnknownLengthWhole() throws Exception {
    Files.writeString(server.platform.files.path("/unknown"), "0123456789");
    HttpResponse<byte[]> answer = read("stream/read", "/unknown", "Range", "bytes=2-3");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.headers().firstValue("Content-Length").isEmpty());
    assertEquals("0123456789", new String(answer.body(), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/long", "/unknown"})
  void aTransferThatBreaksOffDoesNotLookWhole(String name) throws Exception {
    Files.write(server.platform.files.path(name), new byte[1_000_000]);
    server.platform.files.breakAfter = 500_000;
    assertThrows(IOException.class, () -> read("stream/read", name));
    assertThrows(IOException.class, () -> raw("GET", "path=" + name));
    server.platform.files.breakAfter = 0;
    HttpResponse<byte[]> early = read("stream/read", name);
    assertEquals(502, early.statusCode());
    assertTrue(new String(early.body(), StandardCharsets.UTF_8).contains("agent_error"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"read", "stream/read", "list", "stat", "remove", "chmod"})
  void tellsOfMissingPaths(String operation) throws Exception {
    refused(server.post(base + operation, "{\"path\":\"/nothing\",\"mode\":\"644\"}"), 404, "not_found");
    refused(server.post(base + operation, "{}"), 400, "invalid_request");
    refused(server.post(base + operation, "{\"path\":\"\"}"), 400, "invalid_request");
    refused(server.post(base + operation, "{\"path\":\"a\\u0000b\"}"), 400, "invalid_request");
    refused(server.post(base + operation, "{\"path\":5}"), 400, "invalid_request");
    refused(server.post(base + operation, ""), 400, "invalid_request");
    refused(server.send(server.request(base + operation).POST(BodyPublishers.ofString("{}"))), 401, "unauthorized");
    refused(server.post(base.replace("/cl-", "/no-") + operation, "{}"), 400, "invalid_request");
    String ended = server.platform.put(CapsuleStatus.STOPPED, Optional.empty());
    refused(server.post("/v1/capsules/" + ended + "/files/" + operation, "{\"path\":\"/x\"}"), 409, "invalid_state");
  }

  @Test
  void listsInWordsThatClientsKnow() throws Exception {
    Files.createDirectories(server.platform.files.path("/l/sub/deep"));
    Files.writeString(server.platform.files.path("/l/file"), "abc");
    Files.createSymbolicLink(server.platform.files.path("/l/broken"), server.platform.files.path("/nowhere"));
    Process fifo = new ProcessBuilder("mkfifo", server.platform.files.path("/l/pipe").toString()).start();
    assertEquals(0, fifo.waitFor());
    JsonNode entries = Wire.message(server.post(base + "list", "{\"path\":\"/l\"}").body()).get("entries");
    assertEquals(4, entries.size(), entries.toString());
    assertEquals("symlink", entries.get(0).get("type").asText());
    assertTrue(entries.get(0).has("symlink_target"));
    assertEquals("{\"name\":\"file\",\"path\":\"/l/file\",\"type\":\"file\",\"size\":3", entries.get(1).toString().substring(0, 54));
    assertTrue(entries.get(1).get("modified_at").isIntegralNumber());
    assertFalse(entries.get(1).has("symlink_target"));
    assertEquals("file", entries.get(2).get("type").asText());
    assertEquals("directory", entries.get(3).get("type").asText());
    assertEquals(5, Wire.message(server.post(base + "list", "{\"path\":\"/l\",\"depth\":4294967295}").body()).get("entries").size());
    assertEquals(4, Wire.message(server.post(base + "list", "{\"path\":\"/l\",\"depth\":0}").body()).get("entries").size());
    refused(server.post(base + "list", "{\"path\":\"/l\",\"depth\":-1}"), 400, "invalid_request");
    refused(server.post(base + "list", "{\"path\":\"/l\",\"depth\":4294967296}"), 400, "invalid_request");
    refused(server.post(base + "list", "{\"path\":\"/l/file\"}"), 400, "invalid_request");
    for (int i = 0; i < 1001; i++) {
      Files.createFile(server.platform.files.path("/l/" + i));
    }
    refused(server.post(base + "list", "{\"path\":\"/l\"}"), 400, "invalid_request");
  }

  @Test
  void makesMovesCopiesAndRemoves() throws Exception {
    HttpResponse<String> made = server.post(base + "mkdir", "{\"path\":\"/m/a\"}");
    assertEquals(200, made.statusCode(), made.body());
    assertEquals("directory", Wire.message(made.body()).at("/entry/type").asText());
    refused(server.post(base + "mkdir", "{\"path\":\"/m/a\"}"), 409, "conflict");
    Files.writeString(server.platform.files.path("/m/f"), "x");
    refused(server.post(base + "mkdir", "{\"path\":\"/m/f\"}"), 400, "invalid_request");
    assertEquals(200, server.post(base + "copy", "{\"source\":\"/m/f\",\"destination\":\"/m/g\"}").statusCode());
    refused(server.post(base + "copy", "{\"source\":\"/m/f\",\"destination\":\"/m/g\"}"), 409, "conflict");
    refused(server.post(base + "copy", "{\"source\":\"/m/f\"}"), 400, "invalid_request");
    assertEquals(200, server.post(base + "move", "{\"source\":\"/m/g\",\"destination\":\"/m/h\"}").statusCode());
    refused(server.post(base + "move", "{\"source\":\"/m/g\",\"destination\":\"/m/h\"}"), 404, "not_found");
    assertEquals(0_755, Wire.message(server.post(base + "chmod", "{\"path\":\"/m/h\",\"mode\":\"0755\"}").body()).at("/entry/mode").asInt());
    assertEquals(0_600, Wire.message(server.post(base + "chmod", "{\"path\":\"/m/h\",\"mode\":384}").body()).at("/entry/mode").asInt());
    for (String mode : new String[] {"\"9\"", "-1", "4096", "\"10000\"", "null", "1.5", "\"u+x\""}) {
      refused(server.post(base + "chmod", "{\"path\":\"/m/h\",\"mode\":" + mode + "}"), 400, "invalid_request");
    }
    assertEquals(1, Wire.message(server.post(base + "stat", "{\"path\":\"/m/h\"}").body()).at("/entry/size").asInt());
    assertEquals(204, server.post(base + "remove", "{\"path\":\"/m\"}").statusCode());
    refused(server.post(base + "remove", "{\"path\":\"/m\"}"), 404, "not_found");
  }

  @Test
  void tellsOfAFullDisk() throws Exception {
    server.platform.files.room = 1000;
    refused(form("write", part("path", "/f") + part("file", "x".repeat(2000)) + "--b0undary--"), 507, "disk_full");
    refused(server.send(server.request(base + "raw?path=/f").header("X-API-Key", TestPlatform.KEY).PUT(BodyPublishers.ofString("x".repeat(2000)))),
        507, "disk_full");
  }

  /** More than the heap: it passes only when nothing is kept. */
  @Test
  void passesMoreThroughThanTheHeapHolds() throws Exception {
    long size = 1L << 30;
    assertTrue(Runtime.getRuntime().maxMemory() < size, "the test's heap is small");
    HttpRequest.BodyPublisher zeros = BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new LocalFiles.Zeros(size)), size);
    HttpResponse<String> up = server.send(server.request(base + "raw?path=/null").timeout(java.time.Duration.ofMinutes(2))
        .header("X-API-Key", TestPlatform.KEY).PUT(zeros));
    assertEquals(200, up.statusCode(), up.body());
    Files.createFile(server.platform.files.path("/endless"));
    HttpRequest request = server.request(base + "raw?path=/endless").header("X-API-Key", TestPlatform.KEY).build();
    HttpResponse<InputStream> down = server.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = down.body()) {
      byte[] piece = new byte[1 << 16];
      for (long seen = 0; seen < size; ) {
        int count = body.read(piece);
        assertTrue(count > 0);
        assertEquals(-1, Arrays.mismatch(piece, 0, count, new byte[count], 0, count));
        seen += count;
      }
    }
  }
}
