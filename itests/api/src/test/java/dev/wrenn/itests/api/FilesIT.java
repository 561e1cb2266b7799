package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.itests.Api.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Target.Shared.class)
@Timeout(300)
class FilesIT {
  private static Answer post(Target target, String operation, String... fields) throws IOException, InterruptedException {
    ObjectNode body = Target.JSON.createObjectNode();
    for (int i = 0; i < fields.length; i += 2) {
      body.put(fields[i], fields[i + 1]);
    }
    return target.api().post("/v1/capsules/" + target.capsule + "/files/" + operation, body.toString());
  }

  private static void refused(Answer answer, int status, String code) {
    assertEquals(code, answer.expect(status).json().at("/error/code").asText(), answer.text());
  }

  private static JsonNode sh(Target target, String line) throws IOException, InterruptedException {
    JsonNode result = target.api().sh(target.capsule, line);
    assertEquals(0, result.get("exit_code").asInt(), result.toString());
    return result;
  }

  private static byte[] noise(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "stream/write"})
  void writesAndReadsBackTheSameBytes(String operation, Target target) throws Exception {
    Upload upload = new Upload(target, target.capsule);
    byte[] content = noise(3_000_001, 7);
    String path = "/tmp/it/" + operation + "/ä name\twith 'all' \"sorts\"";
    HttpResponse<String> answer = upload.form(operation, "path", path, "file", content);
    assertEquals(204, answer.statusCode(), answer.body());
    assertTrue(sh(target, "cd '/tmp/it/" + operation + "' && sha256sum *").get("stdout").asText().contains(sha256(content)));
    for (String read : new String[] {"read", "stream/read"}) {
      HttpResponse<byte[]> back = upload.read(read, path);
      assertEquals(200, back.statusCode());
      assertEquals("application/octet-stream", back.headers().firstValue("Content-Type").orElse(""));
      assertEquals(content.length, back.headers().firstValueAsLong("Content-Length").orElse(-1));
      assertArrayEquals(content, back.body());
    }
    upload.write(path, new byte[0]);
    assertEquals(0, upload.read("read", path).body().length, "what was there is replaced");
  }

  @Test
  void takesThePathBeforeTheFileOrInTheQuery(Target target) throws Exception {
    Upload upload = new Upload(target, target.capsule);
    for (String operation : new String[] {"write", "stream/write"}) {
      HttpResponse<String> late = upload.form(operation, "file", "x", "path", "/tmp/it-late");
      assertEquals(400, late.statusCode());
      assertTrue(late.body().contains("before"), late.body());
      assertEquals(204, upload.form(operation + "?path=/tmp/it-query", "file", "x").statusCode());
      assertEquals(400, upload.form(operation, "path", "/tmp/it-none").statusCode());
    }
    refused(post(target, "stat", "path", "/tmp/it-late"), 404, "not_found");
  }

  @Test
  void resolvesPathsFromTheHomeDirectory(Target target) throws Exception {
    Upload upload = new Upload(target, target.capsule);
    String home = sh(target, "printf %s \"$HOME\"").get("stdout").asText();
    upload.write("it-relative", noise(10, 1));
    for (String path : new String[] {"it-relative", "~/it-relative", home + "/it-relative"}) {
      assertArrayEquals(noise(10, 1), upload.read("read", path).body(), path);
    }
    post(target, "remove", "path", "~/it-relative").expect(204);
  }

  @Test
  void refusesWhatIsTooLargeForASimpleWrite(Target target) throws Exception {
    HttpRequest request = new Upload(target, target.capsule).request("write").header("Content-Type", "multipart/form-data; boundary=x")
        .expectContinue(true).POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new Pattern(100L << 20).stream()), (100L << 20) + 1)).build();
    HttpResponse<String> answer = target.http.send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(413, answer.statusCode());
    assertTrue(answer.body().contains("too_large"), answer.body());
  }

  @Test
  void tellsOfMissingPathsAndWrongOnes(Target target) throws Exception {
    for (String operation : Upload.operations()) {
      refused(post(target, operation, "path", "/tmp/no/such/file"), 404, "not_found");
      refused(post(target, operation, "path", ""), 400, "invalid_request");
      refused(post(target, operation), 400, "invalid_request");
    }
    refused(post(target, "read", "path", "/tmp"), 400, "invalid_request");
    refused(post(target, "stream/read", "path", "/dev/zero"), 400, "invalid_request");
    refused(post(target, "list", "path", "/etc/passwd"), 400, "invalid_request");
    refused(post(target, "remove", "path", "/"), 400, "invalid_request");
    assertEquals(400, new Upload(target, target.capsule).form("write", "path", "/tmp", "file", "x").statusCode());
    target.anonymous().post("/v1/capsules/" + target.capsule + "/files/list", "{\"path\":\"/\"}").expect(401);
    String unknown = "cl-" + "0".repeat(24) + "1";
    target.api().post("/v1/capsules/" + unknown + "/files/list", "{\"path\":\"/\"}").expect(404);
    target.api().post("/v1/capsules/x/files/list", "{\"path\":\"/\"}").expect(400);
  }

  @Test
  void listsDirectoriesInWordsThatClientsKnow(Target target) throws Exception {
    sh(target, "mkdir -p /tmp/it-list/sub/deep && cd /tmp/it-list && printf abc >file && chmod 640 file && ln -sf file link && ln -sf /nowhere broken"
        + " && mkfifo -m 600 pipe && ln -sfn sub dirlink");
    Map<String, JsonNode> entries = new TreeMap<>();
    post(target, "list", "path", "/tmp/it-list").expect(200).json().get("entries").forEach(e -> entries.put(e.get("name").asText(), e));
    assertEquals("[broken, dirlink, file, link, pipe, sub]", entries.keySet().toString());
    assertEquals("file", entries.get("file").get("type").asText());
    assertEquals(3, entries.get("file").get("size").asInt());
    assertEquals(0_640, entries.get("file").get("mode").asInt());
    assertEquals("-rw-r-----", entries.get("file").get("permissions").asText());
    assertEquals("/tmp/it-list/file", entries.get("file").get("path").asText());
    assertEquals("root", entries.get("file").get("owner").asText());
    assertTrue(entries.get("file").get("modified_at").isIntegralNumber());
    assertFalse(entries.get("file").has("symlink_target"));
    assertEquals("file", entries.get("link").get("type").asText());
    assertEquals("/tmp/it-list/file", entries.get("link").get("symlink_target").asText());
    assertEquals("symlink", entries.get("broken").get("type").asText());
    assertEquals("file", entries.get("pipe").get("type").asText());
    assertEquals("directory", entries.get("sub").get("type").asText());
    assertEquals("directory", entries.get("dirlink").get("type").asText());
    JsonNode deep = target.api().post("/v1/capsules/" + target.capsule + "/files/list", "{\"path\":\"/tmp/it-list\",\"depth\":4294967295}").expect(200).json();
    assertEquals(7, deep.get("entries").size(), deep.toString());
    for (JsonNode entry : target.api().post("/v1/capsules/" + target.capsule + "/files/list", "{\"path\":\"/dev\"}").expect(200).json().get("entries")) {
      assertTrue(entry.get("type").asText().matches("file|directory|symlink"), entry.toString());
    }
  }

  @Test
  void makesMovesCopiesChangesAndRemoves(Target target) throws Exception {
    sh(target, "rm -rf /tmp/it-tree");
    assertEquals("directory", post(target, "mkdir", "path", "/tmp/it-tree/a/b").expect(200).json().at("/entry/type").asText());
    refused(post(target, "mkdir", "path", "/tmp/it-tree/a/b"), 409, "conflict");
    new Upload(target, target.capsule).write("/tmp/it-tree/a/f", noise(100, 2));
    refused(post(target, "mkdir", "path", "/tmp/it-tree/a/f"), 400, "invalid_request");
    post(target, "copy", "source", "/tmp/it-tree/a", "destination", "/tmp/it-tree/c").expect(200);
    refused(post(target, "copy", "source", "/tmp/it-tree/a", "destination", "/tmp/it-tree/c"), 409, "conflict");
    assertArrayEquals(noise(100, 2), new Upload(target, target.capsule).read("read", "/tmp/it-tree/c/f").body());
    assertEquals("/tmp/it-tree/x/y", post(target, "move", "source", "/tmp/it-tree/c/f", "destination", "/tmp/it-tree/x/y").expect(200).json().at("/entry/path").asText());
    refused(post(target, "stat", "path", "/tmp/it-tree/c/f"), 404, "not_found");
    assertEquals(0_4711, post(target, "chmod", "path", "/tmp/it-tree/x/y", "mode", "4711").expect(200).json().at("/entry/mode").asInt());
    assertEquals("4711\n", sh(target, "stat -c %a /tmp/it-tree/x/y").get("stdout").asText());
    refused(post(target, "chmod", "path", "/tmp/it-tree/x/y", "mode", "rwx"), 400, "invalid_request");
    post(target, "remove", "path", "/tmp/it-tree").expect(204);
    refused(post(target, "remove", "path", "/tmp/it-tree"), 404, "not_found");
  }

  @Test
  void servesBareBytesAndRanges(Target target) throws Exception {
    Upload upload = new Upload(target, target.capsule);
    HttpResponse<String> put = target.http.send(upload.request("raw?path=/tmp/it-raw.html").PUT(BodyPublishers.ofString("0123456789")).build(),
        HttpResponse.BodyHandlers.ofString());
    assertEquals(200, put.statusCode(), put.body());
    assertEquals(10, Target.JSON.readTree(put.body()).at("/entry/size").asInt());
    HttpResponse<String> range = target.http.send(upload.request("raw?path=/tmp/it-raw.html").header("Range", "bytes=2-4").build(),
        HttpResponse.BodyHandlers.ofString());
    assertEquals(206, range.statusCode());
    assertEquals("234", range.body());
    assertEquals("bytes 2-4/10", range.headers().firstValue("Content-Range").orElse(""));
    assertEquals("789", new String(upload.read("stream/read", "/tmp/it-raw.html", "Range", "bytes=-3").body()));
    HttpResponse<byte[]> beyond = upload.read("stream/read", "/tmp/it-raw.html", "Range", "bytes=10-");
    assertEquals(416, beyond.statusCode(), new String(beyond.body()));
    assertEquals("bytes */10", beyond.headers().firstValue("Content-Range").orElse(""));
    HttpResponse<Void> head = target.http.send(upload.request("raw?path=/tmp/it-raw.html").method("HEAD", BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.discarding());
    assertEquals(10, head.headers().firstValueAsLong("Content-Length").orElse(-1));
    assertTrue(head.headers().firstValue("Content-Disposition").orElse("").startsWith("attachment"));
    HttpResponse<byte[]> proc = upload.read("read", "/proc/cpuinfo");
    assertEquals(200, proc.statusCode());
    assertTrue(proc.body().length > 100, "a file that does not know its length is read to its end");
  }

  @Test
  void tellsOfAFullDisk(Target target) throws Exception {
    sh(target, "mkdir -p /tmp/it-small && mount -t tmpfs -o size=1m none /tmp/it-small");
    try {
      for (String operation : new String[] {"write", "stream/write"}) {
        HttpResponse<String> full = new Upload(target, target.capsule).form(operation, "path", "/tmp/it-small/f", "file", noise(3 << 20, 3));
        assertEquals(507, full.statusCode(), full.body());
        assertTrue(full.body().contains("\"disk_full\""), full.body());
        refused(post(target, "stat", "path", "/tmp/it-small/f"), 404, "not_found");
      }
    } finally {
      sh(target, "umount /tmp/it-small");
    }
  }

  @Test
  void tellsWhatChangesBelowADirectory(Target target) throws Exception {
    sh(target, "rm -rf /tmp/it-watch && mkdir -p /tmp/it-watch/sub");
    try (Stream stream = target.stream("/files/watch")) {
      stream.send("{\"type\":\"start\",\"path\":\"/tmp/it-watch\",\"recursive\":true}");
      stream.next("start");
      sh(target, "echo x >/tmp/it-watch/sub/f");
      JsonNode made = stream.next("event");
      assertEquals("create", made.get("event").asText(), made.toString());
      assertEquals("sub/f", made.get("name").asText(), made.toString());
      sh(target, "rm /tmp/it-watch/sub/f");
      JsonNode event = stream.next("event");
      while (!event.get("event").asText().equals("remove")) {
        event = stream.next("event");
      }
      assertEquals("sub/f", event.get("name").asText());
      stream.send("{\"type\":\"stop\"}");
      assertEquals(1000, stream.closeCode());
    }
    try (Stream stream = target.stream("/files/watch")) {
      stream.send("{\"type\":\"start\",\"path\":\"/tmp/it-watch/sub\"}");
      stream.next("start");
      sh(target, "rmdir /tmp/it-watch/sub");
      JsonNode event = stream.next("event");
      assertEquals("remove .", event.get("event").asText() + " " + event.get("name").asText());
      assertEquals("not_found", stream.next("error").get("code").asText());
      assertEquals(1000, stream.closeCode());
    }
    try (Stream stream = target.stream("/files/watch")) {
      stream.send("{\"type\":\"start\",\"path\":\"/nowhere\"}");
      assertEquals("not_found", stream.next("error").get("code").asText());
      assertEquals(1000, stream.closeCode());
    }
  }

  @Test
  void aTransferThatItsCapsuleDoesNotSurviveIsBrokenOff(Target target) throws Exception {
    String id = target.api().create();
    try {
      target.api().sh(id, "truncate -s 2G /var/big");
      HttpResponse<InputStream> answer = new Upload(target, id).open("/var/big");
      assertEquals(200, answer.statusCode());
      try (InputStream body = answer.body()) {
        assertEquals(1 << 20, body.readNBytes(1 << 20).length);
        target.api().destroy(id);
        assertThrows(IOException.class, () -> body.skipNBytes(2L << 30));
      }
    } finally {
      target.api().destroy(id);
    }
  }
}
