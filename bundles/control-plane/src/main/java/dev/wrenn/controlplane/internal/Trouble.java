package dev.wrenn.controlplane.internal;

import org.slf4j.Logger;

/** Tells of something that fails each time for a while, but once only. Of one thread. */
final class Trouble {
  private final Logger log;
  private boolean told;

  Trouble(Logger log) {
    this.log = log;
  }

  void tell(String what, Exception why) {
    if (told) {
      log.debug("{}: {}", what, why.getMessage());
    } else {
      log.warn("{}: {}", what, why.getMessage());
      told = true;
    }
  }

  void over() {
    if (told) {
      log.info("It works again");
      told = false;
    }
  }
}
