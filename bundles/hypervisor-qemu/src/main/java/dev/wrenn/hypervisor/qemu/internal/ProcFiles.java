package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Figures of a process from its files below {@code /proc}; −1 for what can't be read. */
final class ProcFiles {
  private static final long KIB = 1024;
  private static final long NANOS_PER_TICK = 10_000_000;
  // Places counted from the state, which is field 3 of proc(5).
  private static final int USER_TIME = 14 - 3;
  private static final int SYSTEM_TIME = 15 - 3;
  private static final int START_TIME = 22 - 3;

  private ProcFiles() {}

  static long residentBytes(ProcessId process) {
    try {
      for (String line : Files.readAllLines(file(process, "status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.substring(6).replace("kB", "").strip()) * KIB;
        }
      }
      return -1;
    } catch (IOException gone) {
      return -1;
    }
  }

  /** Time of all its threads, those that have ended included. The kernel shows it in hundredths of a second. */
  static long cpuNanos(ProcessId process) {
    try {
      String stat = Files.readString(file(process, "stat"));
      String[] fromState = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      boolean same = Long.parseLong(fromState[START_TIME]) == process.startTicks();
      return same ? (Long.parseLong(fromState[USER_TIME]) + Long.parseLong(fromState[SYSTEM_TIME])) * NANOS_PER_TICK : -1;
    } catch (IOException gone) {
      return -1;
    }
  }

  private static Path file(ProcessId process, String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }
}
