package dev.wrenn.e2b.internal;

/** Something that E2B's clients may ask for and this platform has not; the message says what to do instead. */
final class NotOffered extends Exception {
  private static final long serialVersionUID = 1L;

  NotOffered(String message) {
    super(message);
  }
}
