package dev.wrenn.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import java.time.Duration;
import org.junit.jupiter.api.function.Executable;

/** What every kit asks of every driver in the same words. */
public final class Expect {
  private Expect() {}

  /** Enough for any honest call on a machine that is busy. */
  public static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  /** A deadline that has passed already. */
  public static Deadline passed() {
    return Deadline.after(Duration.ZERO);
  }

  /** The call fails with that code, and tells an operator something. */
  public static DriverException failure(DriverException.Code code, Executable call) {
    DriverException thrown = assertThrows(DriverException.class, call);
    assertEquals(code, thrown.code(), () -> "code of: " + thrown.getMessage());
    assertFalse(thrown.getMessage().isBlank(), "the message says nothing");
    assertFalse(thrown.step().isBlank(), "the step has no name");
    return thrown;
  }
}
