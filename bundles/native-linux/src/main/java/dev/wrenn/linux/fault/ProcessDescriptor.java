package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A pidfd: readable in a {@link PollSet} when its process has ended. */
public final class ProcessDescriptor extends Descriptor {
  private static final long PIDFD_OPEN = 434;
  private static final int ESRCH = 3;

  private ProcessDescriptor(int number) {
    super(number);
  }

  /** Empty when there is no such process. */
  public static Optional<ProcessDescriptor> open(int pid) throws IOException {
    MemorySegment state = Native.state();
    try {
      long number = (long) Native.SYSCALL.invokeExact(state, PIDFD_OPEN, (long) pid, 0L);
      if (number < 0 && Native.errno(state) == ESRCH) {
        return Optional.empty();
      }
      return Optional.of(new ProcessDescriptor((int) Native.checked("pidfd_open", number, state)));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }
}
