package dev.wrenn.console;

import dev.wrenn.platform.CapsuleStatus;
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

  /** Whether there is something to show. What it shows comes out of a running guest; of one that failed the last words may be kept. */
  boolean has(CapsuleStatus status) {
    return switch (this) {
      case TERMINAL, FILES, PROCESSES, PORTS -> status == CapsuleStatus.RUNNING;
      case LOGS -> status != CapsuleStatus.PAUSED && status != CapsuleStatus.STOPPED;
      case OVERVIEW, TIMELINE -> true;
    };
  }
}
