package dev.wrenn.persistence;

/** Why the store could not do what it was asked. Unchecked, as every call may throw it and one place at the border handles it. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public enum Code {
    /** The database can't be reached or is closing; the same call may succeed later, and an insert may have been done. */
    UNAVAILABLE,
    /** A row with that id or unique value is there already. */
    DUPLICATE,
    /** Others changed the row again and again; nothing was done. */
    CONTENDED,
    /** Anything else: a defect. */
    FAILED
  }

  private final Code code;

  public StoreException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  public boolean retryable() {
    return code == Code.UNAVAILABLE || code == Code.CONTENDED;
  }
}
