package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostException;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;

/** What hosts and the store say, in the platform's words. */
final class Errors {
  private Errors() {}

  static PlatformException store(StoreException e) {
    return new PlatformException(e.retryable() ? Code.UNAVAILABLE : Code.INTERNAL_ERROR, e.advice(), e);
  }

  /** Of a create. The capsule stays listed with the reason, so the message names it. */
  static PlatformException create(String capsule, HostException e) {
    Code code = switch (e.code()) {
      case INVALID -> Code.INVALID_REQUEST;
      case NOT_FOUND -> Code.NOT_FOUND;
      case NO_CAPACITY, UNAVAILABLE -> Code.NO_HOSTS_AVAILABLE;
      case CONFLICT, WRONG_STATE, TIMEOUT, NO_LISTENER, FAILED -> Code.AGENT_ERROR;
    };
    return new PlatformException(code, "Capsule " + capsule + " failed at step '" + e.step() + "': " + e.getMessage(), e);
  }

  /** Of a call to a capsule that the store says is running. */
  static PlatformException use(String capsule, HostException e) {
    return switch (e.code()) {
      case NOT_FOUND, WRONG_STATE -> new PlatformException(Code.INVALID_STATE, "Capsule " + capsule + " is not running: " + e.getMessage(), e);
      case UNAVAILABLE, TIMEOUT -> new PlatformException(Code.HOST_UNAVAILABLE, "The host of capsule " + capsule + " can't be reached now: " + e.getMessage(), e);
      case NO_CAPACITY -> new PlatformException(Code.NO_HOSTS_AVAILABLE, e.getMessage(), e);
      case INVALID -> new PlatformException(Code.INVALID_REQUEST, e.getMessage(), e);
      case CONFLICT -> new PlatformException(Code.CONFLICT, e.getMessage(), e);
      case NO_LISTENER -> new PlatformException(Code.PORT_CLOSED, e.getMessage(), e);
      case FAILED -> new PlatformException(Code.AGENT_ERROR, e.getMessage(), e);
    };
  }

  /** Of a pause, a resume, a copy or a template. */
  static PlatformException change(String capsule, HostException e) {
    String message = "'" + capsule + "' failed at step '" + e.step() + "': " + e.getMessage();
    return switch (e.code()) {
      case NOT_FOUND, WRONG_STATE -> new PlatformException(Code.INVALID_STATE, message, e);
      case INVALID, CONFLICT -> new PlatformException(Code.CONFLICT, message, e);
      case UNAVAILABLE -> new PlatformException(Code.HOST_UNAVAILABLE, message, e);
      case NO_CAPACITY -> new PlatformException(Code.NO_HOSTS_AVAILABLE, message, e);
      case TIMEOUT, NO_LISTENER, FAILED -> new PlatformException(Code.AGENT_ERROR, message, e);
    };
  }

  /** Of a connection into a capsule. */
  static PlatformException connect(String capsule, HostException e) {
    return e.code() == HostException.Code.NO_CAPACITY
        ? new PlatformException(Code.RATE_LIMITED, "Capsule " + capsule + " has too many connections; close some first: " + e.getMessage(), e)
        : use(capsule, e);
  }
}
