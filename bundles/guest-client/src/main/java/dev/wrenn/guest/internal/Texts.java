package dev.wrenn.guest.internal;

/** Words of a guest, made fit for logs and messages. */
final class Texts {
  private Texts() {}

  /** At most {@code limit} characters, without control characters. */
  static String clean(String text, int limit) {
    String shown = text.length() <= limit ? text : text.substring(0, limit) + "…";
    return shown.replaceAll("\\p{Cntrl}", " ");
  }
}
