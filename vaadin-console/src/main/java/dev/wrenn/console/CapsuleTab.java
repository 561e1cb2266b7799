package dev.wrenn.console;

import java.util.Locale;

/** The pages of one capsule. */
enum CapsuleTab {
  OVERVIEW, TERMINAL, FILES, PROCESSES, PORTS, TIMELINE, LOGS;

  static CapsuleTab of(String word) {
    for (CapsuleTab tab : values()) {
      if (tab.word().equals(word)) {
        return tab;
      }
    }
    return OVERVIEW;
  }

  /** In addresses and element ids. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }

  /** As the subject of a sentence about many. */
  String plural() {
    return this == TERMINAL ? "Terminals" : title();
  }

  /** What it shows comes out of a running guest. */
  boolean needsGuest() {
    return this == TERMINAL || this == FILES || this == PROCESSES || this == PORTS;
  }
}
