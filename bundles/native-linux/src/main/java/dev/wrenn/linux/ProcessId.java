package dev.wrenn.linux;

import dev.wrenn.linux.internal.ProcStat;
import dev.wrenn.linux.internal.Signals;
import java.io.IOException;
import java.util.Optional;

/**
 * One process, and never another one that got the same number later.
 *
 * @param pid its number in this process's pid namespace
 * @param startTicks when it started, in clock ticks since the machine did: field 22 of {@code /proc/PID/stat}
 */
public record ProcessId(long pid, long startTicks) {
  public static final int SIGTERM = 15;
  public static final int SIGKILL = 9;

  /** The process that has this number now; empty when there is none, or only a zombie. */
  public static Optional<ProcessId> of(long pid) {
    return ProcStat.read(pid).filter(ProcStat::running).map(stat -> new ProcessId(pid, stat.startTicks()));
  }

  /** Whether it runs. A zombie has ended, though nobody has asked for its status yet. Cheap: one small file is read. */
  public boolean alive() {
    return ProcStat.read(pid).filter(stat -> stat.running() && stat.startTicks() == startTicks).isPresent();
  }

  /**
   * Sends a signal to it and to nobody else.
   *
   * @return whether it was there; false is no error
   * @throws IOException when the signal is not permitted, or this kernel has no pidfd (before 5.3)
   */
  public boolean signal(int signal) throws IOException {
    return Signals.send(this, signal);
  }
}
