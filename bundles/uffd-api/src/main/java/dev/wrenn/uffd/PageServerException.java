package dev.wrenn.uffd;

import java.io.IOException;

/** Why memory can't be delivered. The message is for an operator: what, for whom, and what to do next. */
public final class PageServerException extends IOException {
  private static final long serialVersionUID = 1L;

  public PageServerException(String message) {
    super(message);
  }

  public PageServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
