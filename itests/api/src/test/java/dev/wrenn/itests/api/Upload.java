package dev.wrenn.itests.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/** Files to and from a capsule, as clients send and fetch them. */
final class Upload {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Target target;
  private final String files;

  Upload(Target target, String capsule) {
    this.target = target;
    this.files = "/v1/capsules/" + capsule + "/files/";
  }

  /** A form in the order of the fields: name, content, name, content. */
  HttpResponse<String> form(String operation, Object... fields) throws IOException, InterruptedException {
    Supplier<InputStream> body = () -> {
      java.util.ArrayList<InputStream> parts = new java.util.ArrayList<>();
      for (int i = 0; i < fields.length; i += 2) {
        parts.add(text("--limit\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"" + (fields[i].equals("file")
            ? "; filename=\"upload\"\r\nContent-Type: application/octet-stream" : "") + "\r\n\r\n"));
        parts.add(fields[i + 1] instanceof String content ? text(content) : new ByteArrayInputStream((byte[]) fields[i + 1]));
        parts.add(text("\r\n"));
      }
      parts.add(text("--limit--\r\n"));
      return new SequenceInputStream(Collections.enumeration(parts));
    };
    return target.http.send(request(operation).header("Content-Type", "multipart/form-data; boundary=limit")
        .POST(BodyPublishers.ofInputStream(body)).build(), HttpResponse.BodyHandlers.ofString());
  }

  void write(String path, byte[] content) throws IOException, InterruptedException {
    HttpResponse<String> answer = form("write", "path", path, "file", content);
    if (answer.statusCode() != 204) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
  }

  HttpResponse<byte[]> read(String operation, String path, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = request(operation).POST(BodyPublishers.ofString(Target.JSON.createObjectNode().put("path", path).toString()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return target.http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  HttpResponse<InputStream> open(String path) throws IOException, InterruptedException {
    return target.http.send(request("stream/read").POST(BodyPublishers.ofString(Target.JSON.createObjectNode().put("path", path).toString())).build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }

  HttpRequest.Builder request(String operation) {
    return HttpRequest.newBuilder(target.base.resolve(files + operation)).timeout(PATIENCE).header("X-API-Key", target.key);
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  static List<String> operations() {
    return List.of("read", "stream/read", "list", "stat", "remove");
  }
}
