package dev.wrenn.persistence;

/** Why the store could not do what it was asked. Unchecked, as every call may throw it and one place at the border handles it. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public enum Code {
    /** The database can't be reached or is closing; the same call may succeed later, and an insert may have been done. */
    UNAVAILABLE,
    /** The database has no room left to write; it goes on by itself when its disk has some. What was confirmed is not lost. */
    FULL,
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
    return code == Code.UNAVAILABLE || code == Code.FULL || code == Code.CONTENDED;
  }

  /** What people are told who know nothing of this database: what is wrong, and what to do. */
  public String advice() {
    return switch (code) {
      case FULL -> "The database can't write: the disk that it is on is full. Make room there; then it goes on by itself, and nothing that was confirmed is lost.";
      case UNAVAILABLE -> "The database can't be reached now; try again in a moment.";
      case CONTENDED -> "Others kept changing the same at the same time; try again.";
      case DUPLICATE, FAILED -> "The store failed; see the log of the platform.";
    };
  }
}
