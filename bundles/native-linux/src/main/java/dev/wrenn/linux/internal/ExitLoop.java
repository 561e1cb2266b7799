package dev.wrenn.linux.internal;

import dev.wrenn.linux.ProcessId;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** One epoll over pidfds: a pidfd becomes readable when its process ends. */
public final class ExitLoop implements AutoCloseable {
  private static final int CLOEXEC = 0x80000;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;
  private static final int ROOM = 64;
  // The kernel packs struct epoll_event on x86-64 only.
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
  private static final int EVENT_BYTES = PACKED ? 12 : 16;
  private static final int DATA_OFFSET = PACKED ? 4 : 8;

  private final int epoll;
  private final int wake;
  private final Map<Integer, Watched> watched = new ConcurrentHashMap<>();
  private final Thread thread = new Thread(this::run, "process-watch");

  private record Watched(Pidfd pidfd, Runnable action) {}

  private ExitLoop() throws IOException {
    this.epoll = NativeException.checked("epoll_create1", LibC.C.epoll_create1(CLOEXEC));
    this.wake = NativeException.checked("eventfd", LibC.C.eventfd(0, CLOEXEC));
    thread.setDaemon(true);
  }

  public static ExitLoop start() throws IOException {
    ExitLoop loop = new ExitLoop();
    loop.add(loop.wake);
    loop.thread.start();
    return loop;
  }

  /** Runs the action once, when the process ends; here and now when it has already. The action must not block. */
  public void watch(ProcessId process, Runnable action) throws IOException {
    Optional<Pidfd> there = Pidfd.open(process);
    if (there.isEmpty()) {
      action.run();
      return;
    }
    Pidfd pidfd = there.get();
    watched.put(pidfd.fd(), new Watched(pidfd, action));
    try {
      add(pidfd.fd());
    } catch (IOException e) {
      watched.remove(pidfd.fd());
      pidfd.close();
      throw e;
    }
  }

  @Override
  public void close() {
    Pointer one = Memory.allocateDirect(LibC.RUNTIME, 8);
    one.putLong(0, 1);
    LibC.C.write(wake, one, 8);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Pointer events = Memory.allocateDirect(LibC.RUNTIME, (long) ROOM * EVENT_BYTES);
    for (boolean open = true; open; ) {
      int count = LibC.C.epoll_wait(epoll, events, ROOM, -1);
      for (int i = 0; i < count; i++) {
        int fd = events.getInt((long) i * EVENT_BYTES + DATA_OFFSET);
        if (fd == wake) {
          open = false;
        } else {
          ended(fd);
        }
      }
      if (count < 0 && LibC.errno() != LibC.EINTR) {
        throw new IllegalStateException("epoll_wait failed with errno " + LibC.errno() + "; ends of processes are no longer seen");
      }
    }
    watched.values().forEach(w -> w.pidfd().close());
    watched.clear();
    LibC.C.close(wake);
    LibC.C.close(epoll);
  }

  private void ended(int fd) {
    Watched one = watched.remove(fd);
    LibC.C.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, event(fd));
    one.pidfd().close();
    one.action().run();
  }

  private void add(int fd) throws IOException {
    NativeException.checked("epoll_ctl", LibC.C.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, event(fd)));
  }

  private static Pointer event(int fd) {
    Pointer event = Memory.allocateDirect(LibC.RUNTIME, EVENT_BYTES);
    event.putInt(0, EPOLLIN);
    event.putLong(DATA_OFFSET, fd);
    return event;
  }
}
