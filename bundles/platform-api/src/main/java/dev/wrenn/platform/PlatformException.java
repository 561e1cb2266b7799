package dev.wrenn.platform;

/** Why the platform refused or failed; the message is safe to show to the caller and says what to do. */
public final class PlatformException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The catalogue of error codes: the word that clients match on, and the HTTP status that goes with it. */
  public enum Code {
    INVALID_REQUEST("invalid_request", 400),
    TOO_LARGE("too_large", 413),
    UNAUTHORIZED("unauthorized", 401),
    FORBIDDEN("forbidden", 403),
    ACCOUNT_DEACTIVATED("account_deactivated", 403),
    ACCOUNT_NOT_ACTIVATED("account_not_activated", 403),
    ACCOUNT_DISABLED("account_disabled", 403),
    NOT_FOUND("not_found", 404),
    INVALID_STATE("invalid_state", 409),
    CONFLICT("conflict", 409),
    NAME_RESERVED("name_reserved", 409),
    TEMPLATE_NAME_TAKEN("template_name_taken", 409),
    /** Not a part of the file that was asked for. */
    RANGE_NOT_SATISFIABLE("range_not_satisfiable", 416),
    /** More than the team may have at once. */
    QUOTA_EXCEEDED("quota_exceeded", 429),
    RATE_LIMITED("rate_limited", 429),
    INTERNAL_ERROR("internal_error", 500),
    /** Nothing listens on that port of the capsule. */
    PORT_CLOSED("port_closed", 502),
    AGENT_ERROR("agent_error", 502),
    HOST_UNAVAILABLE("host_unavailable", 503),
    NO_HOSTS_AVAILABLE("no_hosts_available", 503),
    UNAVAILABLE("unavailable", 503),
    /** The capsule's disk is full. */
    DISK_FULL("disk_full", 507);

    private final String wire;
    private final int status;

    Code(String wire, int status) {
      this.wire = wire;
      this.status = status;
    }

    public String wire() {
      return wire;
    }

    public int status() {
      return status;
    }
  }

  private final Code code;

  public PlatformException(Code code, String message) {
    super(message);
    this.code = code;
  }

  public PlatformException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }
}
