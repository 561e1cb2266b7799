package dev.wrenn.process;

/** Why the agent in a capsule could not do what it was asked. */
public final class GuestException extends Exception {
  private static final long serialVersionUID = 1L;

  public enum Code {
    NOT_FOUND,
    INVALID,
    CONFLICT,
    UNAUTHENTICATED,
    /** Denied by the guest's own permissions. */
    FORBIDDEN,
    /** The guest has no room: disk, memory, processes. */
    NO_CAPACITY,
    /** The agent can't be reached or broke off; the same call may succeed later. */
    UNAVAILABLE,
    TIMEOUT,
    /** Anything else that the agent said. */
    AGENT
  }

  private final Code code;

  public GuestException(Code code, String message) {
    super(message);
    this.code = code;
  }

  public GuestException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  public boolean retryable() {
    return code == Code.UNAVAILABLE || code == Code.TIMEOUT;
  }
}
