package dev.wrenn.process;

/** Which process is meant. */
public sealed interface ProcessSelector {
  record Pid(long pid) implements ProcessSelector {
    @Override public String toString() {
      return Long.toString(pid);
    }
  }

  /** The newest process with that tag. */
  record Tag(String tag) implements ProcessSelector {
    @Override public String toString() {
      return tag;
    }
  }

  /** All digits and at most 2³²−1: a pid; anything else: a tag. */
  static ProcessSelector parse(String text) {
    if (text.matches("\\d{1,10}")) {
      long pid = Long.parseLong(text);
      if (pid <= 0xFFFF_FFFFL) {
        return new Pid(pid);
      }
    }
    return new Tag(text);
  }
}
