package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file descriptor that is closed once. */
public sealed class Descriptor implements AutoCloseable permits FaultDescriptor, UnixListener, UnixPeer, ProcessDescriptor, WakeUp {
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private final AtomicInteger number;

  Descriptor(int number) {
    this.number = new AtomicInteger(number);
  }

  /** Its number; −1 once it is closed. */
  public final int number() {
    return number.get();
  }

  final void nonBlocking() throws IOException {
    MemorySegment state = Native.state();
    try {
      int flags = (int) Native.checked("fcntl", (int) Native.FCNTL.invokeExact(state, number(), F_GETFL, 0), state);
      Native.checked("fcntl", (int) Native.FCNTL.invokeExact(state, number(), F_SETFL, flags | O_NONBLOCK), state);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Idempotent. */
  @Override
  public void close() {
    close(number.getAndSet(-1));
  }

  static void close(int number) {
    if (number < 0) {
      return;
    }
    try {
      // There is nothing to be done about an error, and the number is free in any case.
      int ignored = (int) Native.CLOSE.invokeExact(Native.state(), number);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }
}
