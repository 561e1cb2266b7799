package dev.wrenn.shell.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes text that only grows out of looks at its end: each look yields what came since the one before. What would steer a terminal is left
 * out, because a guest wrote it. Not thread-safe.
 */
final class ConsoleText {
  private static final String STEERING = "\\e\\[[0-?]*[ -/]*[@-~]|\\e\\][^\\a\\e]*(\\a|\\e\\\\)?|\\e[ -/]*[0-~]?|\\r|[\\p{Cc}&&[^\\n\\t]]";
  /** That much of what was seen last must be found again; less is no proof on a console of similar lines. */
  private static final int MARK = 4096;

  private final int firstLines;
  private byte[] seen;

  /** @param firstLines how many lines the first look yields, at most */
  ConsoleText(int firstLines) {
    this.firstLines = firstLines;
  }

  String next(byte[] look) {
    byte[] before = seen;
    seen = look;
    if (before == null) {
      return shown(look, startOfLines(look));
    }
    int from = endOf(before, look);
    return from >= 0 ? shown(look, from) : "[…]\n" + shown(look, 0);
  }

  /** Where in the look that goes on, what was seen before ends; −1 when it is too long ago. */
  private static int endOf(byte[] before, byte[] look) {
    int mark = Math.min(MARK, before.length);
    if (look.length >= before.length && Arrays.equals(before, 0, before.length, look, 0, before.length)) {
      return before.length;
    }
    // The last place: a console that repeats itself this long has nothing new to say there.
    for (int end = look.length; end >= mark && mark > 0; end--) {
      if (Arrays.equals(before, before.length - mark, before.length, look, end - mark, end)) {
        return end;
      }
    }
    return -1;
  }

  private int startOfLines(byte[] look) {
    int left = firstLines;
    int start = look.length;
    // A line break at the very end ends the last line and begins none.
    for (int at = look.length - 1; at >= 0 && left > 0; at--) {
      start = at;
      if (look[at] == '\n' && at < look.length - 1 && --left == 0) {
        return at + 1;
      }
    }
    return start;
  }

  private static String shown(byte[] look, int from) {
    return new String(look, from, look.length - from, StandardCharsets.UTF_8).replaceAll(STEERING, "");
  }
}
