package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A userfaultfd: the kernel tells of pages that a process misses, and takes them. For one thread at a time. Methods on the way of a fault
 * return a negative errno instead of throwing, and allocate nothing.
 */
public final class FaultDescriptor extends Descriptor {
  /** The kernel tells of pages that are given back, and waits until that was read. */
  public static final long EVENT_REMOVE = 1L << 3;
  /** The process changes its mappings: read the events, then try again. */
  public static final int EAGAIN = Native.EAGAIN;
  /** The page is there already: whoever waits for it must be woken. */
  public static final int EEXIST = 17;
  /** No such process any more. */
  public static final int ESRCH = 3;
  /** No such memory any more. */
  public static final int ENOENT = 2;
  /** No room for the page: the machine's memory, or the limit of the process's group. */
  public static final int ENOMEM = 12;

  private static final Path DEVICE = Path.of("/dev/userfaultfd");
  private static final int FLAGS = 0x80000 | 0x800;
  private static final int O_RDWR = 2;
  private static final long SYSCALL = 323;
  private static final long NEW = 0xAA00;
  private static final long API = 0xC018_AA3FL;
  private static final long REGISTER = 0xC020_AA00L;
  private static final long UNREGISTER = 0x8010_AA01L;
  private static final long WAKE = 0x8010_AA02L;
  private static final long COPY = 0xC028_AA03L;
  private static final long ZEROPAGE = 0xC020_AA04L;
  private static final long VERSION = 0xAA;
  private static final long MISSING = 1;

  private final MemorySegment state = Native.state();
  private final MemorySegment argument = Arena.ofAuto().allocate(40, 8);

  private FaultDescriptor(int number) {
    super(number);
  }

  /**
   * A new one for memory of this process, also for pages that the kernel itself misses.
   *
   * @throws IOException saying what permits it when this process may not have one
   */
  public static FaultDescriptor open() throws IOException {
    if (!System.getProperty("os.arch").equals("amd64")) {
      throw new IOException("userfaultfd is known here for x86-64 only");
    }
    MemorySegment state = Native.state();
    try (Arena arena = Arena.ofConfined()) {
      int device = (int) Native.OPEN.invokeExact(state, arena.allocateFrom(DEVICE.toString()), O_RDWR);
      if (device >= 0) {
        int made = (int) Native.IOCTL_NUMBER.invokeExact(state, device, NEW, FLAGS);
        Descriptor.close(device);
        return new FaultDescriptor((int) Native.checked("USERFAULTFD_IOC_NEW", made, state));
      }
      long made = (long) Native.SYSCALL.invokeExact(state, SYSCALL, (long) FLAGS, 0L);
      if (made < 0 && Native.errno(state) == Native.EPERM) {
        throw new IOException("userfaultfd is not permitted: run as root, give this user " + DEVICE + ", or set vm.unprivileged_userfaultfd=1");
      }
      return new FaultDescriptor((int) Native.checked("userfaultfd", made, state));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /**
   * One that came from another process; it is this object's from now on, also when that fails.
   *
   * @throws IOException when it is something else
   */
  public static FaultDescriptor received(int number) throws IOException {
    FaultDescriptor descriptor = new FaultDescriptor(number);
    try {
      String what = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(number))).toString();
      if (!what.equals("anon_inode:[userfaultfd]")) {
        throw new IOException("the descriptor is no userfaultfd but " + what);
      }
      descriptor.nonBlocking();
      return descriptor;
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /** To be done first, once. @param features what must be told; the kernel refuses what it does not know */
  public void handshake(long features) throws IOException {
    put(VERSION, features, 0, 0);
    control("UFFDIO_API", API);
  }

  /** From now on missing pages there are told. Bytes, multiples of the page size. */
  public void register(long start, long length) throws IOException {
    put(start, length, MISSING, 0);
    control("UFFDIO_REGISTER", REGISTER);
  }

  /**
   * From now on the kernel serves missing pages there itself, with zeros; whoever waits is woken. @return 0 or a negative errno
   *
   * <p>The kernel wakes by itself, but before it lets go of the memory: a thread that has come upon a missing page by then, and lies down to wait
   * a moment later, would be woken by nobody any more (seen with Linux 6.18, whose page faults don't take the lock of the whole address space). When
   * the call returns, all who were on their way there wait, and nobody else will.
   */
  public int unregister(long start, long length) {
    put(start, length, 0, 0);
    int result = request(UNREGISTER);
    return result < 0 ? result : wake(start, length);
  }

  /** Wakes whoever waits for pages there: they look again. @return 0 or a negative errno */
  public int wake(long start, long length) {
    put(start, length, 0, 0);
    return request(WAKE);
  }

  /**
   * Puts pages in and wakes who waits for them. Never overwrites a page.
   *
   * @return bytes that were put in, which may be fewer than asked for; or a negative errno when it was none
   */
  public long copy(long to, long from, long length) {
    put(to, from, length, 0);
    argument.set(ValueLayout.JAVA_LONG, 32, 0);
    int result = request(COPY);
    long done = argument.get(ValueLayout.JAVA_LONG, 32);
    return done > 0 ? done : result == 0 ? length : result;
  }

  /** Puts zeros in, as {@link #copy}. */
  public long zero(long start, long length) {
    put(start, length, 0, 0);
    int result = request(ZEROPAGE);
    long done = argument.get(ValueLayout.JAVA_LONG, 24);
    return done > 0 ? done : result == 0 ? length : result;
  }

  /** Reads what has happened, without waiting. @return how many events, 0 when there are none; or a negative errno */
  public int read(FaultEvents into) {
    try {
      long bytes = (long) Native.READ.invokeExact(state, number(), into.room(), into.room().byteSize());
      if (bytes < 0) {
        int errno = Native.errno(state);
        return errno == EAGAIN || errno == Native.EINTR ? 0 : -errno;
      }
      return (int) (bytes / FaultEvents.BYTES);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  private void put(long a, long b, long c, long d) {
    argument.set(ValueLayout.JAVA_LONG, 0, a);
    argument.set(ValueLayout.JAVA_LONG, 8, b);
    argument.set(ValueLayout.JAVA_LONG, 16, c);
    argument.set(ValueLayout.JAVA_LONG, 24, d);
  }

  private int request(long code) {
    try {
      int result = (int) Native.IOCTL.invokeExact(state, number(), code, argument);
      return result < 0 ? -Native.errno(state) : 0;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  private void control(String name, long code) throws IOException {
    int result = request(code);
    if (result < 0) {
      throw Native.failure(name, -result);
    }
  }
}
