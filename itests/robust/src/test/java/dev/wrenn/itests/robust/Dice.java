package dev.wrenn.itests.robust;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Rude input, the same for the same seed. None of it may do harm where it happens to be understood. */
final class Dice {
  private static final String[] FIELDS = {"template", "vcpus", "memory_mb", "disk_mb", "timeout_sec", "lifetime_sec", "labels", "envs", "egress", "public_ports",
      "cmd", "args", "cwd", "user", "background", "path", "source", "destination", "mode", "recursive", "depth", "public", "name", "email", "password",
      "process", "input", "pty", "size", "cols", "rows", "type", "data", "tag", "selector", "pid", "stdin", "signal", "watcherId", "timeoutMs", "__proto__", ""};
  private static final String[] VALUES = {"null", "true", "-1", "0", "1e999", "-0.0", "99999999999999999999", "2147483648", "[]", "{}", "[[[]]]", "\"\"", "\"\\u0000\"",
      "\"\\ud800\"", "\"../../x\"", "\"true\"", "\"%s%n%x\"", "\"ä\\u202e\"", "\"1\"", "[\"a\",1,null]", "{\"a\":{\"b\":[]}}", "\"no-such-thing\"", "\"%zz\"",
      "{\"pid\":4000000}", "{\"stdin\":\"%%%\"}", "{\"cols\":-1,\"rows\":1e9}", "\"<script>\"", "\"'; drop table capsules; --\""};
  private final Random random;

  Dice(long seed) {
    random = new Random(seed);
  }

  int number(int below) {
    return random.nextInt(below);
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  String of(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  byte[] noise(int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A path in the file system of a capsule below the directory of these tests, or none at all. */
  String path() {
    return of("/tmp/fuzz/a", "/tmp/fuzz/b/c", "/tmp/fuzz/../fuzz/d", "/tmp/fuzz//e", "/tmp/fuzz/" + "x".repeat(300), "/tmp/fuzz" + "/y".repeat(2100), "",
        "/tmp/fuzz/\u0000", "/tmp/fuzz/ä\n", "/tmp/fuzz/%2e%2e", "/no-such/a", "/tmp/fuzz/a/b");
  }

  private String value(String field) {
    return switch (field) {
      case "path", "source", "destination" -> chance(85) ? quoted(path()) : of("null", "1", "[]", "{}", "true");
      case "cmd" -> of("\"true\"", "\"\"", "\"no-such\"", "\"\\u0000\"", "7", "null", "\"" + "x".repeat(9000) + "\"", "\"/tmp\"");
      case "timeout_sec", "lifetime_sec", "timeoutMs" -> of("-1", "1e999", "\"x\"", "99999999999999999999", "null", "600.5");
      default -> of(VALUES);
    };
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    text.chars().forEach(c -> json.append(c < 32 || c == '"' || c == '\\' ? String.format("\\u%04x", c) : String.valueOf((char) c)));
    return json.append('"').toString();
  }

  String object() {
    StringBuilder json = new StringBuilder("{");
    for (int i = random.nextInt(7); i >= 0; i--) {
      String field = of(FIELDS);
      json.append(quoted(field)).append(':').append(value(field)).append(i > 0 ? "," : "");
    }
    return json.append('}').toString();
  }

  /** A body that somebody might send as JSON. */
  byte[] json() {
    String text = object();
    return switch (random.nextInt(8)) {
      case 0 -> noise(400);
      case 1 -> text.substring(0, random.nextInt(text.length())).getBytes(StandardCharsets.UTF_8);
      case 2 -> "[".repeat(1 + random.nextInt(50_000)).getBytes(StandardCharsets.UTF_8);
      case 3 -> (text + text).getBytes(StandardCharsets.UTF_8);
      case 4 -> text.getBytes(StandardCharsets.UTF_16);
      case 5 -> ("{\"a\":".repeat(random.nextInt(3000)) + text).getBytes(StandardCharsets.UTF_8);
      default -> text.getBytes(StandardCharsets.UTF_8);
    };
  }

  /** A form under the boundary {@code limit}, mostly a broken one. */
  byte[] form() {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    for (int i = random.nextInt(4); i >= 0; i--) {
      form.writeBytes((of("--limit", "--limi", "-limit", "--limit--", "") + of("\r\n", "\n", "\r", "") + of("Content-Disposition", "content-disposition", "X") + ": "
          + of("form-data; name=\"path\"", "form-data; name=path", "form-data; name=\"file\"; filename=\"" + of("a", "../../a", "\"", "x".repeat(5000)) + "\"",
          "attachment", "form-data; name=\"") + of("\r\n\r\n", "\r\n", "\n\n", "")).getBytes(StandardCharsets.UTF_8));
      form.writeBytes(chance(50) ? path().getBytes(StandardCharsets.UTF_8) : noise(5000));
      form.writeBytes(of("\r\n", "", "\r\n--limit--\r\n", "\r\n--limit").getBytes(StandardCharsets.UTF_8));
    }
    return form.toByteArray();
  }

  /** Messages of the Connect protocol, with lengths that need not be true. */
  byte[] envelopes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = random.nextInt(3); i >= 0; i--) {
      byte[] message = json();
      all.write(chance(70) ? 0 : random.nextInt(256));
      all.writeBytes(ByteBuffer.allocate(4).putInt(chance(70) ? message.length : random.nextInt()).array());
      all.writeBytes(message);
    }
    return all.toByteArray();
  }

  /** A frame of a WebSocket that breaks one rule or another. */
  byte[] frame() {
    byte[] payload = switch (random.nextInt(5)) {
      case 0 -> noise(300);
      case 1 -> new byte[random.nextInt(1 << 17)];
      case 2 -> "{\"type\":\"input\",\"data\":\"%%%\"}".getBytes(StandardCharsets.UTF_8);
      default -> object().replaceFirst("\\{", "{\"type\":" + of("\"start\"", "\"input\"", "\"resize\"", "\"stop\"", "\"connect\"", "\"auth\"", "1", "null") + ",")
          .getBytes(StandardCharsets.UTF_8);
    };
    int first = chance(60) ? of("t", "b").equals("t") ? 0x81 : 0x82 : random.nextInt(256);
    int mask = chance(90) ? 0x80 : 0;
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 14).put((byte) first);
    if (chance(5)) {
      frame.put((byte) (mask | 127)).putLong(random.nextLong());
    } else if (payload.length < 126) {
      frame.put((byte) (mask | payload.length));
    } else {
      frame.put((byte) (mask | 127)).putLong(payload.length);
    }
    if (mask != 0) {
      frame.putInt(0);
    }
    frame.put(payload).flip();
    byte[] bytes = new byte[frame.limit()];
    frame.get(bytes);
    return bytes;
  }
}
