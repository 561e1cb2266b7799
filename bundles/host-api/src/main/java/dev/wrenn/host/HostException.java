package dev.wrenn.host;

/** Why a host could not do what it was asked; the message says what, which id, and what to do next. */
public final class HostException extends Exception {
  private static final long serialVersionUID = 1L;

  public enum Code {
    NOT_FOUND,
    INVALID,
    CONFLICT,
    WRONG_STATE,
    NO_CAPACITY,
    /** Nothing listens on that port of the guest. */
    NO_LISTENER,
    /** The host, or a driver on it, isn't there now; the same call may succeed later. */
    UNAVAILABLE,
    TIMEOUT,
    FAILED
  }

  private final Code code;
  private final String step;

  public HostException(Code code, String step, String message) {
    super(message);
    this.code = code;
    this.step = step;
  }

  public HostException(Code code, String step, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.step = step;
  }

  public Code code() {
    return code;
  }

  /** Name of the step that failed. */
  public String step() {
    return step;
  }
}
