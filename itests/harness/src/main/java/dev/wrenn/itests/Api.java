package dev.wrenn.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The public REST API as a plain client sees it. */
public final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
  private final URI base;
  private final String[] headers;

  /** @param headers name and value pairs that go with each request */
  public Api(URI base, String... headers) {
    this.base = base;
    this.headers = headers;
  }

  public record Answer(int status, String text) {
    public JsonNode json() {
      try {
        return JSON.readTree(text);
      } catch (IOException notJson) {
        throw new AssertionError("HTTP " + status + " with no JSON: " + text, notJson);
      }
    }

    public Answer expect(int wanted) {
      if (status != wanted) {
        throw new AssertionError("HTTP " + status + " instead of " + wanted + ": " + text);
      }
      return this;
    }
  }

  public Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, null);
  }

  public Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, body);
  }

  public Answer delete(String path) throws IOException, InterruptedException {
    return send("DELETE", path, null);
  }

  public Answer send(String method, String path, String body) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(300))
        .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  /** A running capsule of the smallest size. */
  public String create() throws IOException, InterruptedException {
    return post("/v1/capsules", "{\"memory_mb\":256}").expect(201).json().get("id").asText();
  }

  public void destroy(String capsule) throws IOException, InterruptedException {
    delete("/v1/capsules/" + capsule).expect(204);
  }

  public JsonNode capsule(String id) throws IOException, InterruptedException {
    return get("/v1/capsules/" + id).expect(200).json();
  }

  /** Runs a shell line in the foreground. */
  public JsonNode sh(String capsule, String line) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("cmd", "/bin/sh").put("timeout_sec", 110);
    body.putArray("args").add("-c").add(line);
    return post("/v1/capsules/" + capsule + "/exec", body.toString()).expect(200).json();
  }

  /** Starts a shell line in the background; its tag. */
  public String background(String capsule, String line) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("cmd", "/bin/sh").put("background", true);
    body.putArray("args").add("-c").add(line);
    return post("/v1/capsules/" + capsule + "/exec", body.toString()).expect(202).json().get("tag").asText();
  }

  /** Ids of all capsules that have not ended. */
  public List<String> capsules() throws IOException, InterruptedException {
    List<String> ids = new ArrayList<>();
    get("/v1/capsules").expect(200).json().forEach(c -> ids.add(c.get("id").asText()));
    return ids;
  }
}
