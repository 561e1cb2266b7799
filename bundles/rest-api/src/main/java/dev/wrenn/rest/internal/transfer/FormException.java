package dev.wrenn.rest.internal.transfer;

import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.util.Optional;

/** An upload whose own body is at fault, seen by whoever reads it. */
final class FormException extends IOException {
  private static final long serialVersionUID = 1L;

  private final PlatformException reason;

  FormException(PlatformException.Code code, String message) {
    super(message);
    reason = new PlatformException(code, message, this);
  }

  static FormException malformed(String message) {
    return new FormException(PlatformException.Code.INVALID_REQUEST, "the multipart body is malformed: " + message);
  }

  /** The reason, when such a one is behind a failure: who reads a body may have put another exception around it. */
  static Optional<PlatformException> in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FormException form) {
        return Optional.of(form.reason);
      }
    }
    return Optional.empty();
  }
}
