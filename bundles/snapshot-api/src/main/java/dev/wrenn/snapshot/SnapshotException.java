package dev.wrenn.snapshot;

import java.io.IOException;

/** Why something could not be done with a snapshot. The message is for an operator: what, which one, and what to do next. */
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it was; callers decide by this, never by the text. */
  public enum Code {
    /** What is stored is damaged. It will not heal: remove it, or bring back the file from elsewhere. */
    CORRUPT,
    /** It was written by a version that this one doesn't know. */
    UNSUPPORTED,
    /** There is no such snapshot, map, layer or part. */
    NOT_FOUND,
    /** Something else has the name already, or was faster. */
    CONFLICT,
    /** What the caller asked for, or a driver handed over, breaks the contract. */
    INVALID,
    /** The file system has no room for it. */
    NO_SPACE,
    /** The time was up. */
    TIMEOUT,
    /** The operating system failed. */
    IO
  }

  private final Code code;

  public SnapshotException(Code code, String message) {
    super(message);
    this.code = code;
  }

  public SnapshotException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }
}
