package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Optional;

/** What an agent's refusals and a connection's failures are called here. */
final class Failures {
  private static final int WORDS = 1_000;

  private Failures() {}

  /** An error object of the Connect protocol. */
  static GuestException of(JsonNode error) {
    String code = error.path("code").asText("unknown");
    String words = Texts.clean(error.path("message").asText(""), WORDS);
    return new GuestException(code(code), words.isEmpty() ? "The agent says '" + Texts.clean(code, 40) + "'" : words);
  }

  /** An answer with a status that is no success, whatever its body holds. */
  static GuestException of(int status, byte[] body) {
    Optional<JsonNode> told = error(body);
    if (told.filter(error -> error.path("code").isTextual()).isPresent()) {
      return of(told.get());
    }
    String words = told.map(error -> Texts.clean(error.path("message").asText(""), WORDS)).orElse("");
    return new GuestException(code(status), words.isEmpty() ? "The agent answers with HTTP status " + status : words);
  }

  /** A connection that failed while waiting for something. */
  static GuestException of(String name, String what, IOException cause) {
    if (cause instanceof SocketTimeoutException) {
      return new GuestException(Code.TIMEOUT, "The agent of " + name + " did not answer in time to " + what, cause);
    }
    return new GuestException(Code.UNAVAILABLE,
        "The agent of " + name + " can't be reached for " + what + ": " + cause.getMessage(), cause);
  }

  static Code code(String connectCode) {
    return switch (connectCode) {
      case "not_found" -> Code.NOT_FOUND;
      case "invalid_argument", "out_of_range" -> Code.INVALID;
      case "already_exists", "failed_precondition", "aborted" -> Code.CONFLICT;
      case "unauthenticated" -> Code.UNAUTHENTICATED;
      case "permission_denied" -> Code.FORBIDDEN;
      case "resource_exhausted" -> Code.NO_CAPACITY;
      case "unavailable" -> Code.UNAVAILABLE;
      case "deadline_exceeded", "canceled" -> Code.TIMEOUT;
      default -> Code.AGENT;
    };
  }

  private static Code code(int status) {
    return switch (status) {
      case 400, 416 -> Code.INVALID;
      case 401 -> Code.UNAUTHENTICATED;
      case 403 -> Code.FORBIDDEN;
      case 404 -> Code.NOT_FOUND;
      case 409 -> Code.CONFLICT;
      case 413, 507 -> Code.NO_CAPACITY;
      case 429, 502, 503, 504 -> Code.UNAVAILABLE;
      default -> Code.AGENT;
    };
  }

  private static Optional<JsonNode> error(byte[] body) {
    try {
      return Optional.ofNullable(ProcessJson.JSON.readTree(body)).filter(JsonNode::isObject);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
