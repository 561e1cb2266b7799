package dev.wrenn.proxy.internal;

import dev.wrenn.platform.PlatformException;
import java.util.Optional;

/** Why a request gets an answer of the proxy and not of the guest. The message is for the client. */
final class Refusal extends Exception {
  /** When to ask again after {@link #starting}. */
  static final int AGAIN_SECONDS = 2;
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final transient Optional<Route> route;

  Refusal(int status, String code, String message, Route route) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.route = Optional.ofNullable(route);
  }

  /** What the platform said, as this client understands it. */
  static Refusal of(PlatformException said, Route route) {
    if (!route.e2b()) {
      return new Refusal(said.code().status(), said.code().wire(), said.getMessage(), route);
    }
    return switch (said.code()) {
      case NOT_FOUND, INVALID_STATE -> gone(route);
      case PORT_CLOSED -> route.toAgent() ? gone(route)
          : new Refusal(502, said.code().wire(), "The sandbox is running but port is not open", route);
      default -> new Refusal(said.code().status(), said.code().wire(), said.getMessage(), route);
    };
  }

  /** E2B's clients take this, and only this, as the word that a sandbox does not run. */
  static Refusal gone(Route route) {
    return new Refusal(502, "not_found", "The sandbox was not found", route);
  }

  /** Not there yet, or for a moment: what asks for it must not be taken for gone. */
  static Refusal starting() {
    return new Refusal(503, "unavailable", "the platform is starting, or a part of it is being replaced; try again in some seconds", null);
  }

  static Refusal badRequest(String message, Route route) {
    return new Refusal(400, "invalid_request", message, route);
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  Optional<Route> route() {
    return route;
  }

  boolean e2b() {
    return route.isPresent() && route.get().e2b();
  }
}
