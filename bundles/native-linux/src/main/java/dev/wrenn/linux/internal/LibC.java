package dev.wrenn.linux.internal;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.SaveError;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The C library's functions that this bundle calls. None has six numeric arguments: the stubs pass the sixth one wrongly. */
public interface LibC {
  LibC C = LibraryLoader.create(LibC.class).load("c");
  Runtime RUNTIME = Runtime.getRuntime(C);

  int EINTR = 4;
  int ESRCH = 3;

  @SaveError long syscall(long number, long a, long b, long c, long d);

  @SaveError int epoll_create1(int flags);

  @SaveError int epoll_ctl(int epoll, int operation, int fd, Pointer event);

  @SaveError int epoll_wait(int epoll, Pointer events, int room, int timeoutMillis);

  @SaveError int eventfd(int initial, int flags);

  @SaveError @ssize_t long write(int fd, Pointer from, @size_t long count);

  @SaveError int memfd_create(String name, int flags);

  @SaveError int ftruncate(int fd, @off_t long length);

  @SaveError int fcntl(int fd, int command, int argument);

  @SaveError int close(int fd);

  @SaveError int open(String path, int flags);

  @SaveError int ioctl(int fd, long request, Pointer argument);

  @SaveError int statx(int directory, String path, int flags, int mask, Pointer into);

  /** errno of this thread's last call. */
  static int errno() {
    return RUNTIME.getLastError();
  }
}
