package dev.wrenn.itests.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The platform under test with one capsule in it: the one that the environment names, or one that is started for the tests. */
final class Target implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  final URI base;
  final String key;
  final String email;
  final String password;
  final String capsule;
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
  private final Optional<RunningPlatform> own;

  private Target() throws IOException, InterruptedException {
    Map<String, String> env = System.getenv();
    own = env.containsKey("WRENN_BASE_URL") ? Optional.empty() : Optional.of(RunningPlatform.start("wrapi", 88));
    base = own.map(RunningPlatform::base).orElseGet(() -> URI.create(env.get("WRENN_BASE_URL")));
    key = own.map(RunningPlatform::apiKey).orElseGet(() -> env.get("WRENN_API_KEY"));
    email = own.map(RunningPlatform::email).orElseGet(() -> env.get("WRENN_ADMIN_EMAIL"));
    password = own.map(RunningPlatform::password).orElseGet(() -> env.get("WRENN_ADMIN_PASSWORD"));
    capsule = api().create();
  }

  Api api() {
    return new Api(base, "X-API-Key", key);
  }

  Api anonymous() {
    return new Api(base);
  }

  /** A session token of the first admin. */
  String token() throws IOException, InterruptedException {
    return anonymous().post("/v1/auth/login", JSON.createObjectNode().put("email", email).put("password", password).toString())
        .expect(200).json().get("token").asText();
  }

  Api session() throws IOException, InterruptedException {
    return new Api(base, "Authorization", "Bearer " + token());
  }

  /** An answer with its headers. */
  HttpResponse<String> raw(String method, String path, String body, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(60))
        .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  JsonNode exec(String body) throws IOException, InterruptedException {
    return api().post("/v1/capsules/" + capsule + "/exec", body).expect(200).json();
  }

  Stream stream(String path, String... headers) {
    return Stream.open(http, URI.create(base.toString().replaceFirst("^http", "ws")).resolve(path), headers);
  }

  /** What the platform has on the machine beside itself, in order; nothing can be told of a platform that the environment names. */
  List<String> leftovers() throws IOException, InterruptedException {
    return own.isPresent() ? own.get().leftovers().stream().sorted().toList() : List.of();
  }

  /** The platform's process, when it was started for the tests. */
  Optional<RunningPlatform> platform() {
    return own;
  }

  /** With the API key in the handshake, in the shared capsule. */
  Stream stream(String below) {
    return stream("/v1/capsules/" + capsule + below, "X-API-Key", key);
  }

  @Override
  public void close() throws Exception {
    try (http; var platform = own.<AutoCloseable>map(p -> p).orElse(() -> { })) {
      api().destroy(capsule);
    }
  }

  /** Gives the tests their {@link Target}; the first one makes it, the last one ends it. */
  static final class Shared implements ParameterResolver {
    private record Made(Target target) implements AutoCloseable {
      @Override
      public void close() throws Exception {
        target.close();
      }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Target.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL).getOrComputeIfAbsent(Target.class, type -> make(), Made.class).target();
    }

    private static Made make() {
      try {
        return new Made(new Target());
      } catch (IOException | InterruptedException e) {
        throw new AssertionError("no platform to test", e);
      }
    }
  }
}
