package dev.wrenn.spi;

/** Why a driver could not do what it was asked. The message is for an operator: it says what, which object, and what to do next. */
public final class DriverException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it was; callers decide by this, never by the text. */
  public enum Code {
    /** This driver, or this machine, can't do it. */
    UNSUPPORTED,
    /** The plan is wrong; the same plan will fail again. */
    INVALID,
    /** A resource has run out: disk, memory, slots, processes. */
    NO_CAPACITY,
    /** Something else has the name: another generation of the same capsule, or a stranger's object. */
    CONFLICT,
    /** The deadline passed; what was begun has been undone. */
    TIMEOUT,
    /** The object is no more; what was left of it has been released. */
    GONE,
    /** The operating system, a tool or a file failed. */
    IO
  }

  private final Code code;
  private final String step;
  private final boolean retryable;
  private final String detail;

  private DriverException(Code code, String step, String message, boolean retryable, String detail, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.step = step;
    this.retryable = retryable;
    this.detail = detail == null ? "" : detail;
  }

  public static DriverException of(Code code, String step, String message) {
    return new DriverException(code, step, message, code == Code.NO_CAPACITY || code == Code.TIMEOUT, "", null);
  }

  public static DriverException of(Code code, String step, String message, Throwable cause) {
    return new DriverException(code, step, message, code == Code.NO_CAPACITY || code == Code.TIMEOUT, String.valueOf(cause), cause);
  }

  public static DriverException timeout(String step) {
    return of(Code.TIMEOUT, step, "Step '" + step + "' was not done in time");
  }

  /** The same error with the tool's own words, as they came. */
  public DriverException withDetail(String words) {
    return new DriverException(code, step, getMessage(), retryable, words, getCause());
  }

  /** The same error, saying that the same call may succeed later. */
  public DriverException asRetryable() {
    return new DriverException(code, step, getMessage(), true, detail, getCause());
  }

  public Code code() {
    return code;
  }

  /** Name of the step that failed, in words of the domain: {@code disk}, {@code network}, {@code spawn}, … */
  public String step() {
    return step;
  }

  public boolean retryable() {
    return retryable;
  }

  /** The tool's or the system's own words; may be empty. */
  public String detail() {
    return detail;
  }
}
