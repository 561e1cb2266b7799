package dev.wrenn.linux.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The two fields of {@code /proc/PID/stat} that tell which process it is and whether it runs. */
public record ProcStat(char state, long startTicks) {
  private static final int STATE = 3;
  private static final int START_TIME = 22;

  /** Empty when there is no such process. */
  public static Optional<ProcStat> read(long pid) {
    try {
      return Optional.of(parse(new String(Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat")), StandardCharsets.ISO_8859_1)));
    } catch (IOException gone) {
      // The file is missing, or the process ended while it was read: both say that it is no more.
      return Optional.empty();
    }
  }

  /** The second field is a name in brackets that may hold blanks and brackets, so fields are counted from the last bracket. */
  static ProcStat parse(String line) {
    String[] fromState = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return new ProcStat(fromState[0].charAt(0), Long.parseLong(fromState[START_TIME - STATE].strip()));
  }

  public boolean running() {
    return state != 'Z' && state != 'X' && state != 'x';
  }
}
