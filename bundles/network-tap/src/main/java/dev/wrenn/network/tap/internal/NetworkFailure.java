package dev.wrenn.network.tap.internal;

import dev.wrenn.linux.CommandTimeoutException;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/** Says in the words of the contract what a tool or the system has failed of. */
final class NetworkFailure {
  static final String STEP = "network";

  private NetworkFailure() {}

  static DriverException of(String what, IOException e) {
    return switch (e) {
      case CommandTimeoutException _ -> DriverException.timeout(STEP).withDetail(e.getMessage());
      case InterruptedIOException _ -> interrupted(what, e);
      case ClosedByInterruptException _ -> interrupted(what, e);
      default -> DriverException.of(Code.IO, STEP, what + ": " + e.getMessage(), e);
    };
  }

  static DriverException of(Code code, String message) {
    return DriverException.of(code, STEP, message);
  }

  private static DriverException interrupted(String what, IOException e) {
    return DriverException.of(Code.IO, STEP, what + ": interrupted", e).asRetryable();
  }
}
