package dev.wrenn.linux.internal;

import dev.wrenn.linux.ProcessId;
import java.io.IOException;
import java.util.Optional;

/** A descriptor of one process, which never comes to mean another one. Close it once. */
final class Pidfd implements AutoCloseable {
  // The numbers are the same on every architecture of Linux that has these calls.
  private static final int PIDFD_OPEN = 434;
  private static final int PIDFD_SEND_SIGNAL = 424;

  private final int fd;

  private Pidfd(int fd) {
    this.fd = fd;
  }

  /** Empty when the process is no more. The start time is compared after the open: from then on the pid can't change hands. */
  static Optional<Pidfd> open(ProcessId process) throws IOException {
    long fd = LibC.C.syscall(PIDFD_OPEN, process.pid(), 0, 0, 0);
    if (fd < 0) {
      int errno = LibC.errno();
      if (errno == LibC.ESRCH) {
        return Optional.empty();
      }
      throw new NativeException("pidfd_open of process " + process.pid(), errno);
    }
    Pidfd opened = new Pidfd((int) fd);
    if (process.alive()) {
      return Optional.of(opened);
    }
    opened.close();
    return Optional.empty();
  }

  int fd() {
    return fd;
  }

  boolean signal(int signal) throws IOException {
    if (LibC.C.syscall(PIDFD_SEND_SIGNAL, fd, signal, 0, 0) == 0) {
      return true;
    }
    int errno = LibC.errno();
    if (errno == LibC.ESRCH) {
      return false;
    }
    throw new NativeException("pidfd_send_signal of signal " + signal, errno);
  }

  @Override
  public void close() {
    LibC.C.close(fd);
  }
}
