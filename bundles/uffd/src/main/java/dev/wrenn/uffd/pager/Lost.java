package dev.wrenn.uffd.pager;

/** The rest of a memory can't be delivered. */
final class Lost extends Exception {
  private static final long serialVersionUID = 1L;

  Lost(String reason) {
    super(reason);
  }

  Lost(String reason, Throwable cause) {
    super(reason, cause);
  }
}
