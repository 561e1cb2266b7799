package dev.wrenn.linux.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** An unnamed file in memory whose size is fixed for ever. */
public final class Memfd implements AutoCloseable {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int SEAL_SEAL_SHRINK_GROW = 1 | 2 | 4;

  private final int fd;
  private final Path path;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Memfd(int fd) {
    this.fd = fd;
    this.path = Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", Integer.toString(fd));
  }

  public static Memfd sealed(String name, int bytes) throws IOException {
    Memfd memory = new Memfd(NativeException.checked("memfd_create", LibC.C.memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)));
    try {
      NativeException.checked("ftruncate", LibC.C.ftruncate(memory.fd, bytes));
      NativeException.checked("fcntl(F_ADD_SEALS)", LibC.C.fcntl(memory.fd, F_ADD_SEALS, SEAL_SEAL_SHRINK_GROW));
      return memory;
    } catch (IOException e) {
      memory.close();
      throw e;
    }
  }

  /** Where any process of this user finds it while this JVM has it open. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      LibC.C.close(fd);
    }
  }
}
