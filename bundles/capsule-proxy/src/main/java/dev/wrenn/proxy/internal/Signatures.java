package dev.wrenn.proxy.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;

/**
 * The signatures of addresses of files: {@code v1_} and the SHA-256 of path, operation, user, the capsule's access token and the time of
 * expiry. They name no capsule; whose token fits is the one that is meant. Whether one has expired is the agent's to say.
 */
final class Signatures {
  private static final String VERSION = "v1_";

  /** A test for access tokens, if this request is for a signed address of a file. */
  static Optional<Predicate<String>> test(Request request) {
    HttpURI uri = request.getHttpURI();
    String method = HttpMethod.OPTIONS.is(request.getMethod()) ? request.getHeaders().get("Access-Control-Request-Method") : request.getMethod();
    boolean reads = method == null || HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method);
    return test(uri.getPath(), uri.getQuery(), reads ? "read" : "write");
  }

  /** Whether an address is no longer to be honoured, as far as can be told from here. */
  static boolean expired(String query, Instant now) {
    String expiry = new RawQuery(query).get("signature_expiration").orElse("");
    return expiry.matches("\\d{1,18}") && Long.parseLong(expiry) < now.getEpochSecond();
  }

  /** A test for access tokens, if this is a signed address of a file. */
  static Optional<Predicate<String>> test(String path, String query, String operation) {
    if (!"/files".equals(path) || query == null || !query.contains("signature=")) {
      return Optional.empty();
    }
    RawQuery parameters = new RawQuery(query);
    Optional<String> signature = parameters.get("signature");
    if (signature.isEmpty() || !signature.get().startsWith(VERSION)) {
      return Optional.empty();
    }
    // A plus that was not encoded has become a space, which no signature holds.
    byte[] wanted = signature.get().replace(' ', '+').getBytes(StandardCharsets.UTF_8);
    String head = parameters.get("path").orElse("") + ":" + operation + ":" + parameters.get("username").orElse("") + ":";
    String tail = parameters.get("signature_expiration").filter(e -> !e.isEmpty()).map(e -> ":" + e).orElse("");
    return Optional.of(token -> MessageDigest.isEqual(wanted, sign(head + token + tail).getBytes(StandardCharsets.UTF_8)));
  }

  private static String sign(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return VERSION + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }

  private Signatures() {}
}
